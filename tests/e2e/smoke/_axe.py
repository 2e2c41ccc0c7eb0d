"""Check pages with axe-core."""

from tools import node, paths

FOLDER = paths.ROOT / "tests" / "e2e" / "axe"
# Minor and moderate findings are only advice.
IMPACTS = ("serious", "critical")
RUN = """([include, exclude]) => axe.run(
    {include: include.map(each => [each]), exclude: exclude.map(each => [each])},
    {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
).then(found => found.violations.map(each => ({
    id: each.id, impact: each.impact,
    nodes: each.nodes.map(node => node.html.slice(0, 160))})))"""


def script():
    """Return the path of axe-core's script, installed on first use."""
    return node.packages("axe", FOLDER) / "node_modules" / "axe-core" / "axe.min.js"


def violations(page, include=("html",), exclude=(), ignored=()):
    """Return texts of the serious violations of WCAG 2.1 AA.

    :param page: of Playwright
    :param include: selectors of the parts to check
    :param exclude: selectors of parts that are Odoo's own
    :param ignored: axe's names of rules that Odoo's own elements break
    """
    # By the protocol, to bypass the content security policy.
    page.evaluate(script().read_text(encoding="utf-8") + "; undefined")
    include = [each for each in include if page.locator(each).count()]
    exclude = [each for each in exclude if page.locator(each).count()]
    assert include, "nothing to check"
    return [
        "%s (%s): %s" % (each["id"], each["impact"], "\n  ".join(each["nodes"]))
        for each in page.evaluate(RUN, [include, exclude])
        if each["impact"] in IMPACTS and each["id"] not in ignored
    ]
