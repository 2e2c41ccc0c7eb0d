/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* Text with a button beside it: `dingding_scan` and `dingding_place`. */
odoo.define("dingding_inside.field_text", function (require) {
    "use strict";

    var basic_fields = require("web.basic_fields");
    var inside = require("dingding_inside.inside");
    var registry = require("web.field_registry");

    var SECONDS = 20; // for the browser to find out where it is

    // Put the result into the input as if it had been typed, so that the same events
    // follow.
    var TextWithButton = basic_fields.InputField.extend({
        className: "o_field_char",
        tagName: "span",
        supportedFieldTypes: ["char", "text"],

        init: function () {
            this._super.apply(this, arguments);
            if (this.field.type === "text") {
                this.className = "o_field_text";
            }
            if (this.mode === "edit") {
                this.tagName = "div";
                this.className += " o_dingding_beside";
            }
        },
        willStart: function () {
            var self = this;
            return this._super.apply(this, arguments).then(function () {
                return self.mode === "edit" ? inside.load(self) : undefined;
            });
        },

        // Return the button, or nothing where it could do nothing.
        _dingdingButton: function () {},
        _dingdingTake: function (text) {
            // "change" alone would not be noticed by all series.
            this.$input.val(text).trigger("input").trigger("change");
            this.$input.focus();
        },
        _renderEdit: function () {
            if (this.$input) {
                this._prepareInput(this.$input);
                return;
            }
            this._prepareInput($(
                this.field.type === "text" ? "<textarea rows='3'/>" : "<input/>"
            ));
            if (this.field.size && this.field.size > 0) {
                this.$input.attr("maxlength", this.field.size);
            }
            this.$el.append(this.$input).append(this._dingdingButton());
        },
        _onKeydown: function (event) {
            // In a text Enter begins a line, and nothing else.
            if (this.field.type !== "text" || event.which !== $.ui.keyCode.ENTER) {
                this._super.apply(this, arguments);
            }
        },
    });

    var Scan = TextWithButton.extend({
        _dingdingButton: function () {
            if (!inside.isInside()) {
                return undefined;
            }
            return inside.button(
                this, "scan", "fa-qrcode", this.dingdingWords.scan,
                this._dingdingScan.bind(this)
            );
        },
        _dingdingScan: function () {
            var self = this;
            return inside.ask(this, "biz.util.scan", {type: "all"}, function (found) {
                var text = $.trim(found.text);
                var before = self.$input.val();
                if (self.field.type === "text" && before) {
                    text = before + "\n" + text;
                }
                self._dingdingTake(text);
            });
        },
    });

    // Options `latitude` and `longitude` name number fields of the same view.
    var Place = TextWithButton.extend({
        _dingdingButton: function () {
            var browser = navigator.geolocation && window.isSecureContext !== false;
            if (!inside.isInside() && !browser) {
                return undefined;
            }
            return inside.button(
                this, "place", "fa-map-marker", this.dingdingWords.place,
                this._dingdingPlace.bind(this)
            );
        },
        _dingdingPlace: function () {
            if (!inside.isInside() || inside.isOnComputer()) {
                return this._dingdingByBrowser();
            }
            // Coordinates as maps in China have them: with the others no address comes.
            return inside.ask(this, "device.geolocation.get", {
                targetAccuracy: 200,
                coordinate: 1,
                withReGeocode: true,
                useCache: false,
            }, function (found) {
                // Old versions wrap it.
                found = found.location || found;
                this._dingdingSet(
                    Number(found.latitude), Number(found.longitude), found.address
                );
            }.bind(this));
        },
        _dingdingByBrowser: function () {
            var self = this;
            var done = $.Deferred();
            navigator.geolocation.getCurrentPosition(function (found) {
                if (!self.isDestroyed()) {
                    self._dingdingSet(found.coords.latitude, found.coords.longitude);
                }
                done.resolve();
            }, function (error) {
                var denied = error.code === error.PERMISSION_DENIED;
                inside.say(self, self.dingdingWords[denied ? "denied" : "nowhere"]);
                done.reject();
            }, {enableHighAccuracy: true, timeout: SECONDS * 1000});
            return done;
        },
        _dingdingSet: function (latitude, longitude, address) {
            var changes = {};
            var numbers = {latitude: latitude, longitude: longitude};
            var options = this.nodeOptions;
            var data = this.recordData;
            Object.keys(numbers).forEach(function (key) {
                if (options[key] in data) {
                    changes[options[key]] = numbers[key];
                }
            });
            if (!_.isEmpty(changes)) {
                this.trigger_up("field_changed", {
                    dataPointID: this.dataPointID,
                    changes: changes,
                    viewType: this.viewType,
                });
            }
            this._dingdingTake(
                address || latitude.toFixed(6) + ", " + longitude.toFixed(6)
            );
        },
    });

    registry.add("dingding_scan", Scan);
    registry.add("dingding_place", Place);

    return {Place: Place, Scan: Scan};
});
