/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* Fields that set up approvals, for the web client of 11 to 15: paths are chosen with
   Odoo's own field selector, values from a list that the server computes. The widgets of
   static/src/owl have the same names and options. */
odoo.define("dingding_approval.setup_fields", function (require) {
    "use strict";

    var FieldChar = require("web.basic_fields").FieldChar;
    var ModelFieldSelector = require("web.ModelFieldSelector");
    var registry = require("web.field_registry");
    var session = require("web.session");
    // Registers the fields of Odoo.
    require("web._field_registry");

    // The value of another field, or of one of the parent: "parent.model".
    function valueOf(record, name) {
        return (name || "").split(".").reduce(function (values, part) {
            return values && values[part];
        }, record.evalContext);
    }

    var SetupField = FieldChar.extend({
        resetOnAnyFieldChange: true,

        init: function () {
            this._super.apply(this, arguments);
            // The input is inside, or replaced.
            this.tagName = "div";
        },
        isFocusable: function () {
            return Boolean(this.$input) && this._super.apply(this, arguments);
        },
        // A text field, as without this widget.
        _renderText: function () {
            this.$el.empty();
            this.$input = undefined;
            this._prepareInput().appendTo(this.$el);
        },
        _onInput: function () {
            if (this.$input) {
                this._super.apply(this, arguments);
            }
        },
        _onChange: function () {
            if (this.$input) {
                this._super.apply(this, arguments);
            }
        },
    });

    // Options: {"choices": field with [[value, label], ...] as JSON}.
    var Choice = SetupField.extend({
        _choices: function () {
            var found = JSON.parse(valueOf(this.record, this.nodeOptions.choices) || "[]");
            var value = this.value;
            var known = found.some(function (each) {
                return each[0] === value;
            });
            return found.length && value && !known ? found.concat([[value, value]]) : found;
        },
        _renderEdit: function () {
            var value = this.value;
            var choices = this._choices();
            if (!choices.length) {
                return this._renderText();
            }
            var $select = $("<select/>", {"class": "o_input"});
            $("<option/>", {value: ""}).appendTo($select);
            choices.forEach(function (each) {
                $("<option/>", {value: each[0], selected: each[0] === value})
                    .text(each[1]).appendTo($select);
            });
            this.$input = $select;
            this.$el.empty().append($select);
        },
        _renderReadonly: function () {
            var value = this.value;
            var found = this._choices().filter(function (each) {
                return each[0] === value;
            });
            this.$el.text(found.length ? found[0][1] : value || "");
        },
    });

    // Options: {"model": field with the name of the model where the path begins}.
    var FieldPath = SetupField.extend({
        custom_events: _.extend({}, FieldChar.prototype.custom_events, {
            field_chain_changed: "_onChain",
        }),

        _renderEdit: function () {
            return this._renderPath();
        },
        _renderReadonly: function () {
            return this._renderPath();
        },
        _renderPath: function () {
            var self = this;
            var model = valueOf(this.record, this.nodeOptions.model);
            var chain = this.value ? this.value.split(".") : [];
            if (this.selector && this.model === model) {
                return this.selector.setChain(chain);
            }
            if (this.selector) {
                this.selector.destroy();
                this.selector = null;
            }
            this.model = model;
            if (this.mode === "readonly" && !(model && this.value)) {
                this.$el.text(this.value || "");
                return $.when();
            }
            if (!model) {
                return this._renderText();
            }
            this.$input = undefined;
            this.$el.empty();
            this.selector = new ModelFieldSelector(this, model, chain, {
                readonly: this.mode === "readonly",
                // Computed fields can be sent too.
                filters: {searchable: false},
                debugMode: Boolean(session.debug || odoo.debug),
            });
            return this.selector.appendTo(this.$el).then(function () {
                self.selector.$el.attr("title", self.value || "");
            });
        },
        _onChain: function (event) {
            event.stopPropagation();
            this._setValue(event.data.chain.join("."));
        },
    });

    registry.add("dingding_choice", Choice);
    registry.add("dingding_field_path", FieldPath);

    return {Choice: Choice, FieldPath: FieldPath};
});
