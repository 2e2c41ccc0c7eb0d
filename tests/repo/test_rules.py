"""Run every rule on every addon and on the repository."""

import pytest

from . import (
    rules_docs,
    rules_glossary,
    rules_hygiene,
    rules_i18n,
    rules_labels,
    rules_layers,
    rules_manifest,
    rules_names,
    rules_python,
    rules_security,
    rules_xml,
)
from .sources import RULES, checkout, run

MODULES = (
    rules_docs,
    rules_glossary,
    rules_hygiene,
    rules_i18n,
    rules_labels,
    rules_layers,
    rules_manifest,
    rules_names,
    rules_python,
    rules_security,
    rules_xml,
)
REPO = checkout()
TRANSLATED = ("check_template_is_fresh", "check_translations_are_complete")


def report(findings):
    """Return the findings as lines that an editor can open."""
    return "\n".join(
        "%s:%s: %s" % (each.path, each.line, each.message) for each in sorted(findings)
    )


@pytest.mark.parametrize("addon", [each.name for each in REPO.addons])
@pytest.mark.parametrize(
    "name", sorted(name for name, (kind, _function) in RULES.items() if kind != "repo")
)
def test_addon_follows(name, addon):
    if name in TRANSLATED and not REPO.addon(addon).file("i18n/zh_CN.po"):
        pytest.skip("nobody has translated %s yet" % addon)
    findings = run(name, REPO.addon(addon))
    assert not findings, "\n%s\n%s" % (RULES[name][1].__doc__, report(findings))


@pytest.mark.parametrize(
    "name", sorted(name for name, (kind, _function) in RULES.items() if kind == "repo")
)
def test_repository_follows(name):
    findings = run(name, REPO)
    assert not findings, "\n%s\n%s" % (RULES[name][1].__doc__, report(findings))


def test_addons_were_found():
    assert "dingding" in [each.name for each in REPO.addons]


def test_every_rule_says_what_it_wants():
    for name, (_kind, function) in RULES.items():
        assert function.__doc__, name
