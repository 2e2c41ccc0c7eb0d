"""Find elements that a series refuses, or worse: accepts silently and ignores.

Checked after the rules, so unknown constructs end the build.
"""

#: first series, last series, XPath, what is wrong
REFUSED = [
    (11, 19, "//record[@model='ir.ui.view'][not(field[@name='arch'])]",
     "a view without an arch"),
    (11, 19, "//form//field[@states]", "states= on a field: say it with attrs"),
    (12, 19, "//search[not(.//field)]", "a search view needs a field"),
    (12, 19, "//search//filter[not(@name)]", "a filter needs a name"),
    (13, 19, "//record[@model='ir.actions.act_window']/field[@name='view_type']",
     "view_type is gone"),
    (13, 19, "//record[@model='ir.rule']/field[@name='domain_force']"
             "[contains(., 'company_id') and not(contains(., ' company_ids'))]",
     "a rule about companies follows company_ids"),
    (15, 19, "//template[starts-with(@inherit_id, 'web.assets_')]",
     "bundles of assets are in the manifest"),
    (17, 19, "//*[@attrs] | //attribute[@name='attrs']", "attrs is gone"),
    (17, 19, "//*[@states][not(self::record)] | //attribute[@name='states']",
     "states is gone"),
    (17, 19, "//tree/field[@invisible='1'] | //list/field[@invisible='1']",
     "a hidden column says column_invisible"),
    (17, 19, "//act_window | //report", "shortcut tags make no record: write <record>"),
    (17, 19, "//xpath[contains(@expr, \"hasclass('settings')\")]"
             " | //div[contains(@class, 'app_settings_block')]",
     "settings are app, block and setting: there is no rule for them yet"),
    (18, 19, "//tree | //xpath[contains(@expr, '/tree')]", "tree is called list"),
    (18, 19, "//record[@model='ir.cron']"
             "/field[@name='numbercall' or @name='doall']",
     "scheduled actions have no numbercall and no doall"),
    (18, 19, "//div[contains(@class, 'oe_chatter')]", "the chatter is an element"),
    (18, 19, "//kanban//t[@t-name='kanban-box']", "the card's template is 'card'"),
    (19, 19, "//search//group[@expand or @string]",
     "a group of a search view has no attributes"),
    (19, 19, "//record[@model='res.groups']"
             "/field[@name='category_id' or @name='users']",
     "res.groups has user_ids and privilege_id"),
    (19, 19, "//record/field[@name='groups_id']", "groups_id is called group_ids"),
]


def of(document, series):
    """Return (line, what is wrong) of everything that a series refuses."""
    found = []
    for first, last, expression, message in REFUSED:
        if first <= series <= last:
            found += [(element.sourceline or 0, message)
                      for element in document.xpath(expression)]
    return sorted(found)
