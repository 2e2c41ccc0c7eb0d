# Copyright 2026 DingTalk for Odoo contributors
# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html).

"""Add buttons to the tree of a form before it is sent to a client. Pure."""
from lxml import etree


def button_box(arch):
    """Return the box of a form's smart buttons, created if needed.

    :return: an element, None if the form has neither box nor sheet
    """
    boxes = arch.xpath(
        "//div[@name='button_box'] | //div[contains(@class, 'oe_button_box')]")
    sheet = arch.find("sheet")
    if boxes or sheet is None:
        return boxes[0] if boxes else None
    box = etree.Element("div", name="button_box")
    box.set("class", "oe_button_box")
    sheet.insert(0, box)
    return box
