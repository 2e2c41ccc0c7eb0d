/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* Pictures by DingTalk: `dingding_picture` for an image, `dingding_pictures` for
   attachments. Odoo's own way to choose a file stays. */
odoo.define("dingding_inside.field_picture", function (require) {
    "use strict";

    var basic_fields = require("web.basic_fields");
    var inside = require("dingding_inside.inside");
    var registry = require("web.field_registry");
    var relational_fields = require("web.relational_fields");

    // Small enough for what the server takes, large enough to be read.
    var QUALITY = {compression: true, quality: 80, resize: 80};
    var MOST = 9; // pictures at once, as DingTalk's album offers

    var WithPictures = {
        willStart: function () {
            var self = this;
            return this._super.apply(this, arguments).then(function () {
                return self.mode === "edit" ? inside.load(self) : undefined;
            });
        },

        // Add the buttons, once.
        _dingdingButtons: function (multiple) {
            var album = multiple ? {multiple: true, max: MOST} : {multiple: false, max: 1};
            var $place;
            if (this.mode !== "edit" || !inside.isInside() ||
                    this.$(".o_dingding_pictures").length) {
                return;
            }
            this.$el.addClass("o_dingding_with_pictures");
            $place = $("<div/>", {class: "o_dingding_pictures"}).appendTo(
                this.$(".oe_add").length ? this.$(".oe_add") : this.$el
            );
            if (!inside.isOnComputer()) {
                $place.append(inside.button(
                    this, "camera", "fa-camera", this.dingdingWords.camera,
                    this._dingdingAsk.bind(this, "biz.util.uploadImageFromCamera", {})
                ));
            }
            $place.append(inside.button(
                this, "album", "fa-picture-o", this.dingdingWords.album,
                this._dingdingAsk.bind(this, "biz.util.uploadImage", album)
            ));
        },
        _dingdingAsk: function (name, params) {
            var self = this;
            params = _.extend({}, QUALITY, params);
            return inside.ask(this, name, params, function (urls) {
                var corp = window.dingding.known().corpId;
                return self._dingdingTake([].concat(urls), corp);
            });
        },
    };

    var Picture = basic_fields.FieldBinaryImage.extend(WithPictures, {
        _render: function () {
            var result = this._super.apply(this, arguments);
            this._dingdingButtons(false);
            return result;
        },
        _dingdingTake: function (urls, corp) {
            var self = this;
            return inside.server("picture", [urls[0], corp]).then(function (found) {
                if (!self.isDestroyed()) {
                    self.on_file_uploaded_and_valid(
                        found.size, found.name, found.mimetype, found.datas
                    );
                }
            });
        },
    });

    var Pictures = relational_fields.FieldMany2ManyBinaryMultiFiles.extend(WithPictures, {
        _render: function () {
            var result = this._super.apply(this, arguments);
            this._dingdingButtons(true);
            return result;
        },
        // One after the other, in the order in which they were chosen.
        _dingdingTake: function (urls, corp) {
            var self = this;
            var ids = [];
            var turn = urls.reduce(function (before, url) {
                return before.then(function () {
                    return inside.server("attach", [url, self.model, corp]);
                }).then(function (found) {
                    ids.push(found.id);
                    // The author of a picture may remove it.
                    self.uploadedFiles[found.id] = true;
                });
            }, Promise.resolve());
            function show() {
                if (!self.isDestroyed() && ids.length) {
                    self._setValue({
                        operation: "REPLACE_WITH",
                        ids: self.value.res_ids.concat(ids),
                    });
                }
            }
            return turn.then(show, show);
        },
    });

    registry.add("dingding_picture", Picture);
    registry.add("dingding_pictures", Pictures);

    return {Picture: Picture, Pictures: Pictures};
});
