/** @odoo-module **/
/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* Registered for the web client of 16 and later: in 16 the component itself,
   later an object that names it. A registered widget of Odoo's own tells which. */

import {registry} from "@web/core/registry";
import "@web/views/fields/binary/binary_field";
import "@web/views/fields/char/char_field";
import "@web/views/fields/image/image_field";
import "@web/views/fields/many2many_binary/many2many_binary_field";
import "@web/views/fields/many2many_tags/many2many_tags_field";
import "@web/views/fields/many2one/many2one_field";
import "@web/views/fields/text/text_field";
import "@web/views/widgets/ribbon/ribbon";
import {FormController} from "@web/views/form/form_controller";
import {Widget} from "@web/views/widgets/widget";

const fields = registry.category("fields");
const widgets = registry.category("view_widgets");
const takesComponents = typeof widgets.get("web_ribbon") === "function";

// 17 draws the buttons above a form by the controller, which knows fields only.
if (!FormController.components.Widget) {
    FormController.components = {...FormController.components, Widget};
}

/**
 * Register a component for <widget name="..." /> of views.
 *
 * @param {String} name
 * @param {Function} component
 */
export function addWidget(name, component) {
    widgets.add(name, takesComponents ? component : {component});
}

/**
 * Register a component that stands around fields of Odoo, for <field widget="..." />.
 *
 * @param {String} name
 * @param {Function} component - gets what Odoo's own one would get
 * @param {Object} inner - type of field -> name of Odoo's own widget for it
 * @param {Function} more - options of the view -> what the component gets beside that
 */
export function addField(name, component, inner, more = () => ({})) {
    const types = Object.keys(inner);
    const own = (type) => fields.get(inner[type] || inner[types[0]]);
    const extract = (type, info, dynamic) => ({
        ...(own(type).extractProps ? own(type).extractProps(info, dynamic) : {}),
        ...more(info.options || info.attrs.options || {}),
    });
    component.inner = (type) => own(type).component || own(type);
    if (!takesComponents) {
        fields.add(name, {
            ...own(types[0]),
            component,
            supportedTypes: types,
            extractProps: (info, dynamic) => extract(info.type, info, dynamic),
        });
        return;
    }
    component.supportedTypes = types;
    component.extractProps = (info) => extract(info.field.type, info);
    // Fields that the inner one reads too, and the like.
    for (const key of ["fieldsToFetch", "noLabel", "useSubView", "isEmpty"]) {
        if (own(types[0])[key] !== undefined) {
            component[key] = own(types[0])[key];
        }
    }
    fields.add(name, component);
}
