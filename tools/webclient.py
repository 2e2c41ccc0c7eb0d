"""Find things on the pages of Odoo's web client, for each generation.

:class:`WebClient` knows 11.0, each subclass the differences from a later series on.
"""

import re

from . import browser, odoo


TURN_MS, PATIENCE_TURNS = 100, 20
REVEAL_MS = 5000  # until a list that was clicked should be open


class WebClient:
    """The web client of one series; ``first`` is the series that it came with."""

    first = 11
    #: JavaScript: whether the page shows that it waits for the server
    busy = """() => Array.from(document.querySelectorAll(
        ".o_loading, .blockUI.blockOverlay")).some(node => node.getClientRects().length)
    """
    #: somebody is in; 11's bar has no such class
    inside = ".o_main_navbar, .o_web_client .o_content"
    #: JavaScript: whether nothing is in the way of the menu: no dialog, no form that
    #: would ask what to do with its changes
    free = """() => Boolean(document.querySelector("%s"))
        && !document.querySelector(".modal, .o_form_editable")
    """ % inside
    #: behind the address of the client: shows none of its applications. That of
    #: messages draws itself all the time, even at rest.
    start = "#nothing"
    #: the record of the administrator ``admin``
    administrator = "base.user_root"
    #: what Odoo itself has no Chinese for
    english = ()
    #: rules of axe that Odoo's own buttons break
    theme = ()
    #: field of a user with the number of the mobile
    mobile = "mobile"
    #: method of a model that tells how its form is made up
    get_form = "fields_view_get"
    #: field of a user with the groups
    groups = "groups_id"
    #: how often to load a form until it is that of the server
    loads = 1

    def shows_action(self, page, action):
        """Wait until the address says that an action's view is there."""
        page.wait_for_function(
            "id => new RegExp('[#&]action=' + id + '(&|$)').test(location.hash)",
            arg=action)

    def follows(self, before, address):
        """Tell whether a page goes to another address without loading itself anew."""
        place, _hash, shown = before.partition("#")
        return bool(shown) and place == address.partition("#")[0]

    def follow(self, page, address):
        """Go there so."""
        same = page.url == address
        # It would run neither the same action nor the same address again.
        page.evaluate("""() => {
            const client = odoo.__DEBUG__.services["web.web_client"];
            client.action_manager.null_action();
            client._current_state = null;
        }""")
        page.goto(address)
        if same:
            page.evaluate("() => { $(window).trigger('hashchange'); }")
        page.locator(".o_content > *").first.wait_for(state="attached")

    def refresh(self, page):
        """Read the form again that a page shows."""
        page.evaluate(
            "() => odoo.__DEBUG__.services['web.web_client'].action_manager"
            ".inner_widget.active_view.controller.reload()")

    def leave(self, world, page):
        """Close dialogs and the form being changed, which are in the menu's way."""
        for place in (self.close, self.close, self.buttons["cancel"]):
            button = page.locator(place)
            if button.count():
                button.last.click()
                world.settle(page)

    # -- menus -----------------------------------------------------------------------

    def click_menu(self, world, page, path, asked):
        """Click one entry of the menu after the other.

        :param path: [external id] from the application to the entry, complete
        :param asked: those of the path that a person looks for
        """
        # A page that is being loaded unfolds its own section.
        world.settle(page)
        # The application is open: its entries are below each other, some folded.
        entries = ".oe_secondary_menu:visible a[data-menu-xmlid='%s']" % asked[-1]
        if page.locator(entries).count():
            asked = asked[-1:]
        for xmlid in asked:
            named = "[data-menu-xmlid='%s']" % xmlid
            # A section of the same name is wider.
            links = page.locator("a" + named)
            entry = (links if links.count() else page.locator(named)).first
            if not entry.is_visible():
                self._reveal(entry)
            entry.click()
            world.settle(page)

    def _reveal(self, entry):
        """Open the folded or drop-down list that holds a menu entry."""
        openers = (
            entry.locator(
                "xpath=ancestor::ul[contains(@class, 'oe_secondary_submenu')"
                " and contains(@class, 'o_hidden')]"
                "/preceding-sibling::a[contains(@class, 'oe_menu_toggler')]"),
            entry.locator(
                "xpath=ancestor::*[contains(@class, 'dropdown-menu')][last()]/.."
                "/*[contains(@class, 'dropdown-toggle')]"))
        for again in (True, True, False):
            opener = next((each for each in openers if each.count()), None)
            if opener:
                opener.first.click()
            try:
                return entry.wait_for(
                    state="visible", timeout=REVEAL_MS if again else None)
            except browser.error():
                # A page that was being loaded has folded it again.
                if not again:
                    raise

    #: opens the sections that do not fit; 11 has the applications there
    more = "#menu_more_container > a"

    #: entry of that menu
    preferences = "[data-menu=settings]"

    def open_preferences(self, page):
        """Open the own preferences by the menu with the user's name."""
        page.click(".o_user_menu .dropdown-toggle")
        page.click(self.preferences)

    # -- lists ------------------------------------------------------------------------

    rows = ".o_list_view:visible tbody tr.o_data_row"
    heads = ".o_list_view:visible thead th"
    total = ".o_cp_pager .o_pager_limit:visible"
    search = ".o_searchview_input:visible"
    suggestion = ".o_searchview_autocomplete li:visible"
    back = ".breadcrumb li a"
    #: what can be done with the rows that are ticked: opener, entries
    actions = (".o_cp_sidebar .o_dropdown_toggler_btn:visible",
               ".o_cp_sidebar a:visible")

    # -- forms ------------------------------------------------------------------------

    #: one field, by ``%`` its name
    field = ".o_form_view [name='%s']:visible"
    tabs = ".o_notebook a[data-toggle=tab]:visible"
    step = ".o_statusbar_status .btn-primary:visible"
    add_line = ".o_form_field_x2many_list_row_add a, .o_field_x2many_list_row_add a"
    #: what is typed into, in the line of a list that is being changed, by its name
    cell = ".o_selected_row [name='%s']"
    suggestions = ".ui-autocomplete:visible li a"
    buttons = {"create": ".o_form_button_create:visible, .o_list_button_add:visible",
               "edit": ".o_form_button_edit:visible",
               "save": ".o_form_button_save:visible",
               "cancel": ".o_form_button_cancel:visible"}

    #: what Odoo's own buttons are called in pages that are read in English
    labels = {}

    def press(self, page, what):
        """Press a button of Odoo's own on a form.

        :param str what: ``create``, ``edit``, ``save`` or ``cancel``
        """
        page.locator(self.buttons[what]).last.click()

    def choose(self, page, field, label):
        """Choose in a selection field what stands there."""
        inner = field.locator("select")
        (inner if inner.count() else field).select_option(label=label)

    def show_counts(self, page):
        """Show all buttons above a form that count something."""

    def press_count(self, page, name):
        """Press a button above a form, by the field that it shows."""
        self.show_counts(page)
        page.locator("button.oe_stat_button:visible:has([name='%s'])" % name).click()

    # -- dialogs ----------------------------------------------------------------------

    dialog = ".modal:visible"
    close = ".modal:visible .close"
    title = ".modal-title:visible"
    confirm = ".modal-footer .btn-primary:visible"
    #: Odoo says that something went wrong
    error = ".modal .o_error_detail:visible, .o_dialog_error:visible"


class WebClient12(WebClient):
    """12.0 and 13.0: applications and sections in one bar; admin is a second user."""

    first = 12
    start = ""
    administrator = "base.user_admin"
    # The cell has the name, too.
    cell = ".o_selected_row .o_field_widget[name='%s']"
    home = ".o_menu_apps .dropdown > a"
    more = ".o_menu_sections .o_extra_menu_items > a"
    suggestion = ".o_searchview_autocomplete:visible a"
    back = ".breadcrumb li a:visible"

    def follows(self, before, address):
        """See above; every address is loaded."""
        return False

    def refresh(self, page):
        """See above; the page is loaded anew."""
        page.reload()

    def leave(self, world, page):
        """See above; loading the page anew does it."""

    def click_menu(self, world, page, path, asked):
        """See above; the sections lie in drop-down lists."""
        application = page.locator("[data-menu-xmlid='%s']" % path[0]).first
        page.locator(self.home).first.click()
        application.wait_for(state="visible")
        application.click()
        page.wait_for_function(
            "id => new RegExp('[#&]menu_id=' + id + '(&|$)').test(location.hash)",
            arg=str(world.stack.reference(path[0])))
        world.settle(page)
        if len(path) == 1:
            return
        entry = page.locator("[data-menu-xmlid='%s']" % path[-1]).first
        section = page.locator("[data-menu-xmlid='%s']" % path[1]).first
        if not section.is_visible():
            page.locator(self.more).first.click()
            # The list shows its sections, or their entries as well.
            entry.or_(section).filter(visible=True).first.wait_for()
        if not entry.is_visible():
            section.locator("xpath=descendant-or-self::*["
                            "contains(@class, 'dropdown-toggle')]").first.click()
            entry.wait_for(state="visible")
        entry.click()
        world.settle(page)


class WebClient14(WebClient12):
    """14.0: a new control panel."""

    first = 14
    english = ("There are no messages in this conversation.",
               "View activity", "View calendar", "View graph", "View kanban",
               "View list", "View pivot")
    # White on a light colour.
    theme = ("color-contrast",)
    total = ".o_control_panel .o_pager_limit:visible"
    actions = (".o_cp_action_menus .o_dropdown_toggler_btn:visible",
               ".o_cp_action_menus .o_menu_item a:visible")
    suggestion = ".o_searchview_autocomplete li:visible"


class WebClient15(WebClient14):
    """15.0: the bar above is new, forms and lists are those of before."""

    first = 15
    english = ()
    home = ".o_navbar_apps_menu .dropdown-toggle"
    more = ".o_menu_sections_more > .dropdown-toggle"
    actions = (".o_cp_action_menus .dropdown-toggle:visible",
               ".o_cp_action_menus .dropdown-item:visible")


class WebClient16(WebClient15):
    """16.0 and 17.0: forms and lists are new, and can be written to at any time."""

    first = 16
    get_form = "get_view"
    rows = ".o_list_renderer:visible tbody tr.o_data_row"
    heads = ".o_list_renderer:visible thead th"
    busy = """() => Array.from(document.querySelectorAll(
        ".o_loading_indicator, .o_blockUI")).some(node => node.getClientRects().length)
    """
    field = ".o_form_view .o_field_widget[name='%s']:visible"
    cell = ".o_selected_row .o_field_widget[name='%s'] :is(input, textarea)"
    tabs = ".o_notebook .nav-link:visible"
    step = ".o_statusbar_status .o_arrow_button_current:visible"
    suggestions = ".o-autocomplete--dropdown-menu:visible li a"
    close = ".modal:visible .btn-close"
    # 17 and later give the class to what Odoo refuses, too; details have errors alone.
    error = ".o_dialog_error:visible, .o_error_dialog:visible:has(button.btn-link)"
    total = ".o_control_panel .o_pager_limit:visible"
    actions = (".o_cp_action_menus .dropdown-toggle:visible",
               ".o_cp_action_menus .dropdown-item:visible")
    more = ".o_menu_sections_more button"
    more_counts = ".o_button_more:visible"
    labels = {"Create": "create", "Edit": "edit", "Save": "save", "Discard": "cancel"}

    def press(self, page, what):
        """See above; there is nothing to press for what is so already."""
        if what == "edit":
            return
        button = page.locator(self.buttons[what])
        for _turn in range(PATIENCE_TURNS):
            # A busy machine takes its time.
            if what == "create" or button.count():
                button.last.click()
                return
            page.wait_for_timeout(TURN_MS)

    def click_menu(self, world, page, path, asked):
        """See above; the elements that open sections have their names."""
        page.locator(self.home).first.click()
        page.locator("[data-menu-xmlid='%s']:visible" % path[0]).first.click()
        self._shows_application(world, page, path[0])
        if len(path) > 1:
            entry = page.locator("[data-menu-xmlid='%s']:visible" % path[-1])
            if not entry.count():
                section = page.locator("[data-menu-xmlid='%s']" % path[1]).first
                (section if section.is_visible() else page.locator(self.more)).click()
            entry.first.click()
            world.settle(page)

    def show_counts(self, page):
        """See above; what there is no room for lies in a list."""
        more = page.locator(self.more_counts)
        if more.count() and not page.locator(".o_dropdown_more:visible").count():
            more.click()
            page.locator(".o_dropdown_more:visible").wait_for()

    def _shows_application(self, world, page, xmlid):
        page.wait_for_function(
            "id => new RegExp('[#&]menu_id=' + id + '(&|$)').test(location.hash)",
            arg=str(world.stack.reference(xmlid)))
        world.settle(page)


class WebClient17(WebClient16):
    """17.0: the drop-down lists are another kind."""

    first = 17
    theme = ()
    actions = (".o_cp_action_menus .dropdown-toggle:visible",
               ".o-dropdown--menu .dropdown-item:visible")


class WebClient18(WebClient17):
    """18.0: addresses are paths."""

    first = 18
    home = ".o_navbar_apps_menu button"

    def shows_action(self, page, action):
        """See above."""
        page.wait_for_function(
            "id => new RegExp('/action-' + id + '(/|$)').test(location.pathname)",
            arg=action)

    def _shows_application(self, world, page, xmlid):
        page.wait_for_function("location.pathname.length > '/odoo/'.length")
        world.settle(page)


class WebClient19(WebClient18):
    """19.0: a contact has one number."""

    first = 19
    mobile = "phone"
    groups = "group_ids"
    # The first time it is the one that the browser has stored.
    loads = 2
    preferences = "[data-menu=preferences]"
    suggestion = ".o_searchview_autocomplete .dropdown-item:visible"

    def choose(self, page, field, label):
        """See above; the choices are a list that the client draws."""
        field.locator("input").first.click()
        page.locator(".o_select_menu_item:visible").filter(
            has_text=re.compile(r"^\s*%s\s*$" % re.escape(label))).click()


def generations():
    """Return all classes, the oldest first."""
    found, waiting = [], [WebClient]
    while waiting:
        each = waiting.pop()
        found.append(each)
        waiting += each.__subclasses__()
    return sorted(found, key=lambda each: each.first)


def of(series):
    """Return the web client of a series.

    :param str series: like "15.0"
    """
    number = int(series.split(".")[0])
    return [each for each in generations() if each.first <= number][-1]()


def at_work():
    """Return the web client of the Odoo at work."""
    return of(odoo.installation().series)
