"""The stack of end-to-end tests, and the world of smoke steps."""

import argparse
import http.server
import os
import struct
import threading
import time
import xmlrpc.client

import pytest

from tools import browser, paths, ports, smoke
from tools.stack import Stack
from tools.world import World, watch


@pytest.fixture(scope="module")
def stack():
    with Stack(modules=[], workers=2, simulated=False) as running:
        yield running


def test_the_database_is_reached_in_every_way(stack):
    [admin] = stack.rpc("res.users", "search_read", [("login", "=", "admin")], ["name"])
    assert stack.reference("base.user_root") == admin["id"]
    assert stack.query("SELECT login FROM res_users WHERE id = %d" % admin["id"]) == (
        "admin")
    assert stack.odoo_shell("print('I am', env.user.name)").strip() == (
        "I am " + admin["name"])


def test_the_shell_commits_only_when_it_says_so(stack):
    write = "env['ir.config_parameter'].set_param('a.b', '%s')\n"
    stack.odoo_shell(write % "kept" + "env.cr.commit()\n")
    stack.odoo_shell(write % "lost")
    assert stack.rpc("ir.config_parameter", "get_param", "a.b") == "kept"


def test_refusals(stack):
    with pytest.raises(PermissionError):
        stack.rpc_as("admin", "guess", "res.users", "search", [])
    with pytest.raises(xmlrpc.client.Fault):
        stack.rpc("no.such.model", "search", [])
    with pytest.raises(KeyError):
        stack.reference("base.nothing_of_this_name")


def test_bundles_are_made_once(stack):
    def bundles():
        return stack.query("SELECT id FROM ir_attachment WHERE name LIKE"
                           " '%web.assets_backend%' ORDER BY id").split()

    before = bundles()
    stack.odoo.make_bundles(stack.login, stack.password)
    made = bundles()
    assert made and made != before
    stack.odoo.make_bundles(stack.login, stack.password)
    assert bundles() == made


def test_kill_and_restart_keep_the_address(stack):
    url = stack.odoo_url

    def kill():
        stack.kill_odoo()
        # A worker would hold it for a moment more.
        assert not ports.taken(stack.odoo.http_port)
        stack.start_odoo()

    for again in (stack.restart_odoo, kill):
        again()
        assert stack.odoo_url == url
        assert stack.rpc("res.users", "search_count", [])


def test_another_stack_beside_it_and_nothing_left(stack):
    with Stack(modules=[], simulated=False) as other:
        assert other.odoo_url != stack.odoo_url
        other.rpc("ir.config_parameter", "set_param", "only.here", "1")
        assert not stack.rpc("ir.config_parameter", "get_param", "only.here")
        folder, port = other.folder, other.odoo.port
        cluster = other.postgres.port
    assert not folder.exists()
    assert not ports.open_(port) and not ports.open_(cluster)
    assert other.log_path.exists()


def test_a_stack_begins_anew_without_loading_odoo(tmp_path):
    with Stack(modules=[], simulated=False, forks=True) as stack:
        url, log = stack.odoo_url, stack.log_text()
        assert log.count("Modules loaded") == 1
        stack.rpc("ir.config_parameter", "set_param", "only.here", "1")
        stack.rpc("res.users", "write", [1], {"password": "another"})
        stack.renew()
        assert stack.odoo_url == url
        assert not stack.rpc("ir.config_parameter", "get_param", "only.here")
        stack.rpc("ir.config_parameter", "set_param", "only.here", "1")
        stack.restart_odoo()
        assert stack.rpc("ir.config_parameter", "get_param", "only.here")
        assert "Modules loaded" not in stack.log_text()
        assert "Reloading" not in stack.log_text()
        # Not with the settings of before.
        stack.odoo.environment["DINGDING_NO_LONG_POLLING"] = "1"
        stack.restart_odoo()
        assert stack.log_text().count("Modules loaded") == 1
        pid = stack.odoo.pid
    assert not ports.open_(stack.odoo.port)
    assert not os.path.exists("/proc/%d" % pid)


def test_a_failing_start_leaves_nothing():
    class Broken(Stack):
        def _start(self):
            super()._start()
            raise RuntimeError("broken")

    broken = Broken(modules=[], simulated=False)
    with pytest.raises(RuntimeError):
        broken.__enter__()
    assert not broken.folder.exists()
    assert not ports.open_(broken.postgres.port)
    assert not ports.open_(broken.odoo.port)


def test_a_person_clicks_in_two_languages(stack, tmp_path, capsys):
    with browser.open_browser() as browser_:
        world = World(stack, browser_, tmp_path)
        world.enter("selftest")
        entries = ("base.menu_administration", "base.menu_users",
                   "base.menu_action_res_users")

        def english():
            world.menu(*entries)
            world.check("Login" in world.text(), "no list of users")
            loads = stack.log_text().count('"GET /web HTTP')
            world.menu(*entries)
            world.check(stack.log_text().count('"GET /web HTTP') == loads > 0,
                        "a click in the menu loads the whole client")
            world.picture("users")

        def chinese():
            world.language("zh_CN")
            world.menu(*entries)
            world.check("登录" in world.text(), "the list is not in Chinese")
            world.picture("users")

        def change():
            loads = world.page and stack.log_text().count('"GET /web HTTP')
            for _again in range(2):
                world.action("base.action_res_users", record=1)
            world.check(stack.log_text().count('"GET /web HTTP') == loads,
                        "an address loads the whole client")
            world.button("编辑")
            world.fill("name", "张三")
            world.button("保存")
            world.check_no_problem()
            name = stack.rpc("res.users", "read", [1], ["name"])[0]["name"]
            world.check(name == "张三", "the name is %s" % name)

        outcome = smoke.run_steps(world, "selftest", [
            ("English", english), ("Chinese", chinese), ("change", change)])
        world.close_pages()
    assert outcome == (3, 0), capsys.readouterr()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "selftest-01-users-en_US.png", "selftest-02-users-zh_CN.png"]
    assert "ERROR" not in stack.log_text()


PAGES = {
    # Asks for something a moment later, and shows it once it has it.
    "/late": """<script>setTimeout(() => fetch("/slow").then(
        () => setTimeout(() => { document.title = "done"; }, 50)), 100)</script>""",
    "/busy": """<p class="busy">Loading</p><script>setTimeout(() => {
        document.querySelector("p").remove(); document.title = "done"; }, 500)
        </script>""",
    "/leaves": """<script>setTimeout(() => { location = "/late"; }, 100)</script>""",
}


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/slow":
            time.sleep(0.5)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGES.get(self.path, "").encode())

    def log_message(self, *_arguments):
        pass


def test_a_page_at_rest_has_loaded_and_shown_what_it_asked_for(tmp_path):
    server = http.server.ThreadingHTTPServer((ports.HOST, 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with browser.open_browser() as browser_:
            world = World(None, browser_, tmp_path)
            world.client = argparse.Namespace(
                busy="() => document.querySelector('.busy') !== null")
            world.enter("rest")
            for path in PAGES:
                page = watch(browser.new_page(browser_))
                page.goto("http://%s:%d%s" % (ports.HOST, server.server_port, path))
                world.settle(page)
                assert page.title() == "done", path
                head = world.picture(path, page).read_bytes()[:24]
                assert struct.unpack(">II", head[16:]) == (1366, 900), "of PNG"
    finally:
        server.shutdown()
        server.server_close()


def test_logs_are_kept_but_not_for_ever(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "RUN", tmp_path)
    monkeypatch.setattr(paths, "LOGS_KEPT", 3)
    made = [paths.log_folder("test") for _number in range(6)]
    assert all(path.exists() for path in made), "they may still be written to"
    old = time.time() - paths.LOGS_WANTED - 60
    for number, path in enumerate(made):
        (path / "odoo.log").write_text("a line")
        for each in (path / "odoo.log", path):
            os.utime(str(each), (old + number, old + number))
    # Its folder is old, its log is new.
    os.utime(str(made[0] / "odoo.log"))
    made.append(paths.log_folder("test"))
    assert [path for path in made if path.exists()] == made[:1] + made[4:]
