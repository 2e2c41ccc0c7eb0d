"""Drive the distribution's Chromium with Playwright."""

import base64
import contextlib
import os
import shutil
import subprocess

from . import system
from .errors import MissingTool

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without windows a page takes a fifth of the processor's time.
SHELL = "chromium-headless-shell"
# Root needs --no-sandbox; the others keep it off the network.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
    # A process less to talk to.
    "--in-process-gpu", "--disable-software-rasterizer",
    # Pages do not live long enough for it to pay.
    "--js-flags=--no-opt",
]
DESKTOP = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}
# Ends a hang; on a busy machine pages take many times as long.
PATIENCE_MS = 120000


def ensure():
    """Install Chromium and a Chinese font where this is root and they are missing.

    :raise MissingTool: Chromium is missing and cannot be installed
    """
    if not os.environ.get("CHROMIUM"):
        packages = [] if _has_chinese_font() else ["fonts-noto-cjk", "fontconfig"]
        if not shutil.which(SHELL) and system.offers(SHELL):
            packages.append(SHELL)
        elif not _installed():
            packages.append("chromium")
        if packages and not system.install(packages) and not _installed():
            system.install(["chromium"])
    return chromium()


def chromium(headless=True):
    """Return the path of the browser: ``CHROMIUM``, else the first one on PATH.

    :param bool headless: whether it need not show itself
    """
    found = _installed(headless)
    if found:
        return found
    given = os.environ.get("CHROMIUM")
    raise MissingTool(
        "Chromium" + (" (CHROMIUM=%s is none)" % given if given else ""),
        debian="apt-get install chromium fonts-noto-cjk",
        anywhere="install Chromium or Chrome with a Chinese font, or name it: "
                 "CHROMIUM=/path/to/chromium")


def _installed(headless=True):
    given = os.environ.get("CHROMIUM")
    names = ((SHELL,) if headless else ()) + NAMES
    for name in [given] if given else names:
        found = shutil.which(name)
        if found:
            return found
    return None


def _has_chinese_font():
    """Tell whether fontconfig knows a font with Chinese characters."""
    program = shutil.which("fc-list")
    if not program:
        return False
    return bool(subprocess.run(
        [program, ":lang=zh"], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL).stdout.strip())


@contextlib.contextmanager
def open_browser(headless=True):
    """Start a browser and yield Playwright's ``Browser``."""
    from playwright.sync_api import sync_playwright
    executable = chromium(headless)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=FLAGS, headless=headless)
        try:
            yield browser
        finally:
            browser.close()


def shot(page):
    """Return what the window shows as PNG, packed quickly.

    It takes a third of the processor's time of Playwright's own.
    """
    session = page.context.new_cdp_session(page)
    try:
        taken = session.send(
            "Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
    finally:
        session.detach()
    return base64.b64decode(taken["data"])


def error():
    """Return the class of what Playwright raises."""
    from playwright.sync_api import Error
    return Error


def new_page(browser, locale="en-US", viewport=None, **options):
    """Return a page in a context (cookies) of its own."""
    context = browser.new_context(
        locale=locale, viewport=viewport or DESKTOP, timezone_id="Asia/Shanghai",
        **options)
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()
