"""Build the whole tree for every series."""

import py_compile
import zipfile

import pytest

from tools import paths
from tools.errors import ToolError
from tools.series import ALL, build, manifest, refused
from tools.series.document import Document


def built(folder):
    """Return path -> content of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module", params=ALL)
def tree(request, tmp_path_factory):
    target = tmp_path_factory.mktemp("built") / request.param
    build.build(build.number_of(request.param), target)
    return build.number_of(request.param), target


def test_every_addon_is_there_and_says_its_series(tree):
    series, target = tree
    assert sorted(path.name for path in target.iterdir()) == sorted(paths.addons())
    for addon in target.iterdir():
        found = manifest.read((addon / "__manifest__.py").read_text())
        assert found["version"].startswith("%d.0." % series)
        for name in found["data"]:
            assert (addon / name).exists(), name
        for addresses in found.get("assets", {}).values():
            for address in addresses:
                assert (target / address).exists(), address


def test_nothing_is_left_that_the_series_refuses(tree):
    """Checked in the written files."""
    series, target = tree
    for path in sorted(target.rglob("*.xml")):
        if "static" not in path.parts:
            assert not refused.of(Document(path.read_bytes(), path.name), series), path


def test_terms_of_views_are_named_as_the_series_names_them(tree):
    """Otherwise an update with --i18n-overwrite fails on 12 and 13."""
    series, target = tree
    found = [line.split(":", 2) for path in sorted(target.rglob("*.po"))
             for line in path.read_text().splitlines() if line.startswith("#: model")]
    views = [place for _sign, kind, place in found if kind == " model"
             and place.startswith("ir.ui.view,arch_db")]
    terms = [place for _sign, kind, place in found if kind == " model_terms"]
    assert bool(views) == (series == 11) and len(terms) > 300


def test_building_again_gives_the_same_bytes(tree, tmp_path):
    """Anybody can verify a release."""
    series, target = tree
    build.build(series, tmp_path / "again")
    assert built(tmp_path / "again") == built(target)


def test_the_source_is_the_addon_of_eleven(tmp_path):
    """The tree itself runs on 11.0: the build changes nothing."""
    build.build(11, tmp_path / "11.0")
    for addon in paths.addons():
        for name, content in built(tmp_path / "11.0" / addon).items():
            assert (paths.ROOT / addon / name).read_bytes() == content, name


@pytest.fixture(scope="module")
def compiled():
    """The contents of Python files that compile: most are those of every series."""
    return set()


def test_python_compiles(tree, compiled, tmp_path):
    """With the Python of the tests; vermin checks the oldest."""
    _series, target = tree
    for path in sorted(target.rglob("*.py")):
        content = path.read_bytes()
        if content not in compiled:
            py_compile.compile(str(path), cfile=str(tmp_path / "x.pyc"), doraise=True)
            compiled.add(content)


def test_archives_are_equal_and_whole(tmp_path):
    """The zip holds the addon's folder, and is reproducible."""
    build.build(18, tmp_path / "18.0")
    for name in ("a.zip", "b.zip"):
        build.archive(tmp_path / "18.0" / "dingding", tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(str(tmp_path / "a.zip")) as file:
        assert "dingding/__manifest__.py" in file.namelist()


def addon(folder, **files):
    folder.mkdir()
    (folder / "__manifest__.py").write_text(
        '{\n    "version": "11.0.1.0.0",\n    "data": [\n'
        '        "views.xml",\n        "assets.xml",\n    ],\n}\n')
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content)
    return folder


def test_what_no_rule_knows_fails_with_file_and_line(tmp_path):
    """Nothing is written: somebody would install a half-built folder."""
    folder = addon(
        tmp_path / "sample", assets__xml="<odoo />",
        views__xml='<odoo>\n<act_window id="a" /></odoo>')
    with pytest.raises(ToolError, match=r"sample/views.xml:2: shortcut tags"):
        build.build(17, tmp_path / "out", [folder])
    assert not (tmp_path / "out").exists()


def test_a_domain_that_can_not_be_written_fails_with_its_line(tmp_path):
    folder = addon(
        tmp_path / "sample", assets__xml="<odoo />", views__xml=(
            "<odoo>\n\n<form><a attrs=\"{'invisible': [('b', '=like', 'c')]}\" />"
            "</form></odoo>"))
    with pytest.raises(ToolError, match=r"sample/views.xml:\d+: an expression has no"):
        build.build(17, tmp_path / "out", [folder])


def test_assets_move_into_the_manifest_from_fifteen_on(tmp_path):
    """Before that Odoo loads the file; later series would refuse it."""
    folder = addon(
        tmp_path / "sample", views__xml="<odoo />",
        assets__xml='<odoo><template id="a" inherit_id="web.assets_backend">'
        '<script src="/sample/a.js" /></template></odoo>')
    build.build(14, tmp_path / "14.0", [folder])
    build.build(15, tmp_path / "15.0", [folder])
    old = manifest.read((tmp_path / "14.0/sample/__manifest__.py").read_text())
    new = manifest.read((tmp_path / "15.0/sample/__manifest__.py").read_text())
    assert old["data"] == ["views.xml", "assets.xml"] and "assets" not in old
    assert new["data"] == ["views.xml"]
    assert new["assets"] == {"web.assets_backend": ["sample/a.js"]}
    assert not (tmp_path / "15.0/sample/assets.xml").exists()


def test_each_web_client_gets_what_was_made_for_it(tmp_path):
    """Widgets up to 15, components from 16 on: all files of their folder."""
    folder = addon(
        tmp_path / "sample", views__xml="<odoo />",
        assets__xml='<odoo><template id="a" inherit_id="web.assets_backend">'
        '<script src="/sample/static/src/legacy/a.js" />'
        '<link href="/sample/static/src/a.css" /></template></odoo>')
    source = folder / "static" / "src"
    for name in ("a.css", "legacy/a.js", "owl/b.xml", "owl/a.js"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    for series, own, style, others in (
            (15, "legacy", ["legacy/a.js", "a.css"], []),
            (16, "owl", ["a.css"], ["owl/a.js", "owl/b.xml"])):
        build.build(series, tmp_path / "out", [folder])
        target = tmp_path / "out" / "sample"
        found = manifest.read((target / "__manifest__.py").read_text())["assets"]
        assert found == {"web.assets_backend": [
            "sample/static/src/" + name for name in style + others]}
        names = {path.name for path in (target / "static" / "src").iterdir()}
        assert names == {"a.css", own}


def test_later_series_read_no_template_of_translations(tmp_path):
    """They would look for all terms where 11 has them, and find few."""
    folder = addon(tmp_path / "sample", views__xml="<odoo />", assets__xml="<odoo />")
    (folder / "i18n").mkdir()
    for name in ("sample.pot", "zh_CN.po"):
        (folder / "i18n" / name).write_text("")
    for series, names in ((11, {"sample.pot", "zh_CN.po"}), (12, {"zh_CN.po"})):
        build.build(series, tmp_path / "out", [folder])
        found = {path.name for path in (tmp_path / "out/sample/i18n").iterdir()}
        assert found == names


def test_broken_files_are_named(tmp_path):
    """Invalid XML, Python that does not compile, a version without a series."""
    folder = addon(tmp_path / "sample", views__xml="<odoo>", assets__xml="<odoo />",
                   broken__py="def f(:\n")
    (folder / "__manifest__.py").write_text('{"version": "1.0", "data": []}')
    with pytest.raises(ToolError) as caught:
        build.build(18, tmp_path / "out", [folder])
    text = str(caught.value)
    for name in ("views.xml", "broken.py:1", "__manifest__.py"):
        assert "sample/" + name in text


def test_an_unknown_series_is_refused():
    """The error lists the known ones."""
    with pytest.raises(ToolError, match="11.0, 12.0"):
        build.number_of("10.0")
