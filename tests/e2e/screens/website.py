"""The login page with Odoo's website installed."""

from smoke._odoo import Odoo

from tools.browser import new_page
from tools.world import watch


def screens(world):
    odoo = Odoo(world)
    stack = world.stack
    corp = odoo.connected()
    stack.rpc("dingding.corp", "write", [corp], {
        "signin_oauth2": True, "signin_widget": True, "signin_qr": True})
    module = stack.rpc("ir.module.module", "search", [("name", "=", "website")])
    stack.rpc("ir.module.module", "button_immediate_install", module)
    stack.restart_odoo()
    if world.lang != "en_US":
        stack.odoo_shell(
            "env['base.language.install'].create({'lang': %r, 'overwrite': False,"
            " 'website_ids': [(6, 0, env['website'].search([]).ids)]}).lang_install()\n"
            "env['website'].search([]).write({'default_lang_id':"
            " env['res.lang'].search([('code', '=', %r)]).id})\n"
            "env.cr.commit()\n" % (world.lang, world.lang))

    def login():
        size = {"width": 1100, "height": 900}
        page = watch(new_page(world.browser, world.lang.replace("_", "-"), size))
        page.goto(stack.odoo_url + "/web/login")
        page.wait_for_load_state("networkidle")
        form, ours = (page.locator(each).bounding_box() for each in (
            "form.oe_login_form", ".o_dingding_signin"))
        world.check(
            abs(form["x"] - ours["x"]) < 20 and abs(form["width"] - ours["width"]) < 40,
            "it does not stand below the form: %s, %s" % (form, ours))
        return page

    yield "signin-website", login
