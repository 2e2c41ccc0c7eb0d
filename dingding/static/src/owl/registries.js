/** @odoo-module **/
/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* What is registered for the web client of 16 and later: in 16 the component itself,
   later an object that names it. A registered widget of Odoo's own tells which. */

import {registry} from "@web/core/registry";
import "@web/views/widgets/ribbon/ribbon";

const widgets = registry.category("view_widgets");
const takesComponents = typeof widgets.get("web_ribbon") === "function";

/**
 * Register a component for <widget name="..." /> of views.
 *
 * @param {String} name
 * @param {Function} component
 */
export function addWidget(name, component) {
    widgets.add(name, takesComponents ? component : {component});
}
