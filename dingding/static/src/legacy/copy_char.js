/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* Text with a copy button: later series bring this widget. */
odoo.define("dingding.copy_char", function (require) {
    "use strict";

    var FieldChar = require("web.basic_fields").FieldChar;
    var registry = require("web.field_registry");
    // Registers the fields of Odoo.
    require("web._field_registry");

    if (registry.get("CopyClipboardChar")) {
        return undefined;
    }

    var COPIED = 1000; // milliseconds

    // Works without https too, where browsers have no clipboard API.
    function copy(text) {
        var $area = $("<textarea/>").val(text).css({position: "fixed", opacity: 0});
        $area.appendTo(document.body).select();
        var done = document.execCommand("copy");
        $area.remove();
        return done;
    }

    var CopyChar = FieldChar.extend({
        _renderReadonly: function () {
            var self = this;
            this._super.apply(this, arguments);
            if (!this.value) {
                return;
            }
            // Odoo 11 exports no terms of this file; those of views are translated.
            var label = this.attrs.placeholder || "";
            var $button = $("<button/>", {
                "type": "button", "class": "btn btn-default btn-xs o_dingding_copy",
                "title": label, "aria-label": label,
            }).append($("<i/>", {"class": "fa fa-clipboard"}));
            $button.on("click", function (event) {
                event.preventDefault();
                // The row would open.
                event.stopPropagation();
                if (copy(self.value)) {
                    var $icon = $button.find("i");
                    $icon.attr("class", "fa fa-check");
                    setTimeout(function () {
                        $icon.attr("class", "fa fa-clipboard");
                    }, COPIED);
                }
            });
            this.$el.append(" ", $button);
        },
    });

    registry.add("CopyClipboardChar", CopyChar);
    return CopyChar;
});
