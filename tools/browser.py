"""The distribution's Chromium, driven by Playwright."""

import contextlib
import os
import shutil

from .errors import MissingTool

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Root needs --no-sandbox; the others keep it off every network but this machine's.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
]
DESKTOP = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium():
    """Return the path of the browser: ``CHROMIUM``, else the first one on PATH."""
    given = os.environ.get("CHROMIUM")
    for name in [given] if given else NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise MissingTool(
        "Chromium" + (" (CHROMIUM=%s is none)" % given if given else ""),
        debian="apt-get install chromium fonts-noto-cjk",
        anywhere="install Chromium or Chrome with a Chinese font, or name it: "
                 "CHROMIUM=/path/to/chromium")


@contextlib.contextmanager
def open_browser(headless=True):
    """Start a browser and yield Playwright's ``Browser``."""
    from playwright.sync_api import sync_playwright
    executable = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=FLAGS, headless=headless)
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser, locale="en-US", viewport=None, **options):
    """Return a page in a context (cookies) of its own."""
    context = browser.new_context(
        locale=locale, viewport=viewport or DESKTOP, timezone_id="Asia/Shanghai",
        **options)
    context.set_default_timeout(30000)
    return context.new_page()
