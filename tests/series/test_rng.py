"""Check the built files against Odoo's RELAX NG schemas.

Of Odoo 11.0, or of the one in ``ODOO``, ``PYTHON`` and ``SERIES``; we keep no copy of
them. Odoo checks data files when it loads them, 11.0 hardly checks views.
"""

import pytest
from lxml import etree

from tools import odoo
from tools.series import build, manifest


@pytest.fixture(scope="module")
def installed():
    return odoo.installation()


@pytest.fixture(scope="module")
def data_files(installed, tmp_path_factory):
    """The data files of all addons in the order of the manifests: [(name, tree)]."""
    target = tmp_path_factory.mktemp("rng")
    build.build(build.number_of(installed.series), target)
    found = []
    for addon in sorted(target.iterdir()):
        named = manifest.read((addon / "__manifest__.py").read_text())["data"]
        found += [("%s/%s" % (addon.name, name), etree.parse(str(addon / name)))
                  for name in named if name.endswith(".xml")]
    return found


def rules(path):
    return etree.RelaxNG(etree.parse(str(path)))


def test_data_files(installed, data_files):
    core = [folder.parent for folder in installed.addons
            if (folder.parent / "import_xml.rng").exists()][0]
    grammar = rules(core / "import_xml.rng")
    assert len(data_files) > 30
    for name, tree in data_files:
        assert grammar.validate(tree), (name, grammar.error_log)


def test_views(installed, data_files):
    """Each primary view for which there is a schema."""
    folder = [folder for folder in installed.addons
              if (folder / "base" / "rng").is_dir()][0] / "base" / "rng"
    grammars = {path.name[:-len("_view.rng")]: rules(path)
                for path in folder.glob("*_view.rng")}
    checked = 0
    for name, tree in data_files:
        for field in tree.xpath(
                "//record[@model='ir.ui.view'][not(field[@name='inherit_id'])]"
                "/field[@name='arch']"):
            root = [child for child in field if isinstance(child.tag, str)][0]
            if root.tag not in grammars:
                continue
            view = etree.fromstring(etree.tostring(root, with_tail=False))
            grammar = grammars[root.tag]
            assert grammar.validate(view), (
                name, field.getparent().get("id"), grammar.error_log)
            checked += 1
    assert checked > 20
