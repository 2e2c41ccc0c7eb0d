/** @odoo-module **/
/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* Fields that set up approvals, for the web client of 16 and later: paths are chosen with
   Odoo's own field selector, values from a list that the server computes. The widgets of
   static/src/legacy have the same names and options. */

import {Component} from "@odoo/owl";
import {ModelFieldSelector} from "@web/core/model_field_selector/model_field_selector";
import {addField} from "@dingding/owl/registries";

/** The value of another field, or of one of the parent: "parent.model". */
function valueOf(record, name) {
    return (name || "")
        .split(".")
        .reduce((values, part) => values && values[part], record.evalContext);
}

/** Odoo's text field, or something better where the server says what it can contain. */
class SetupField extends Component {
    get inner() {
        return this.constructor.inner("char");
    }

    get innerProps() {
        const props = {...this.props};
        delete props.source;
        return props;
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get source() {
        return valueOf(this.props.record, this.props.source);
    }

    set(value) {
        return this.props.record.update({[this.props.name]: value || false});
    }
}
SetupField.props = {"*": true};

/** Options: {"choices": field with [[value, label], ...] as JSON}. */
export class Choice extends SetupField {
    get choices() {
        const found = JSON.parse(this.source || "[]");
        const known = found.some((each) => each[0] === this.value);
        return found.length && this.value && !known
            ? [...found, [this.value, this.value]]
            : found;
    }

    get label() {
        const found = this.choices.find((each) => each[0] === this.value);
        return found ? found[1] : this.value;
    }
}
Choice.template = "dingding_approval.Choice";

/** Options: {"model": field with the name of the model where the path begins}. */
export class FieldPath extends SetupField {
    get selectorProps() {
        // 16 calls the path a field name.
        const path = "fieldName" in ModelFieldSelector.props ? "fieldName" : "path";
        return {
            resModel: this.source,
            [path]: this.value,
            readonly: Boolean(this.props.readonly),
            isDebugMode: Boolean(odoo.debug),
            // Computed fields can be sent too.
            filter: (field) => Boolean(field) && field.name !== "id",
            update: (path_) => this.set(path_),
        };
    }
}
FieldPath.template = "dingding_approval.FieldPath";
FieldPath.components = {ModelFieldSelector};

addField("dingding_choice", Choice, {char: "char"}, (options) => ({
    source: options.choices,
}));
addField("dingding_field_path", FieldPath, {char: "char"}, (options) => ({
    source: options.model,
}));
