"""Terms of the addons as Odoo exports them, before they are written."""

import polib

from tools import i18n

FIELDS = "model:ir.model.fields,"


def places(template, term):
    return [place for place, _line in template.find(term).occurrences]


def test_labels_of_a_mixin_are_terms_of_the_addon_with_the_model():
    template = polib.POFile()
    template.append(polib.POEntry(msgid="Attempts", occurrences=[("code:x", "0")]))
    i18n.add_mixed(template, "dingding_b", [
        ["dingding", "field_b_c_attempts", "field_b_c__attempts", "Attempts", ""],
        ["dingding", "field_b_c_error", "field_b_c__error", "Error", "What happened"]])
    assert places(template, "Attempts") == ["code:x"] + [
        FIELDS + "field_description:" + each for each in (
            "dingding.field_b_c_attempts", "dingding.field_b_c__attempts",
            "dingding_b.field_b_c__attempts")]
    assert FIELDS + "help:dingding.field_b_c_error" in places(template, "What happened")


def test_places_of_labels_have_no_line():
    """Odoo 11 would take the line for a part of the external id."""
    template = polib.POFile()
    i18n.add_mixed(template, "b", [["a", "field_c_d", "field_c__d", "D", ""]])
    assert "field_c_d\n" in str(template)
