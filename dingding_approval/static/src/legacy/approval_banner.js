/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* The banner on the form of a record that can be approved in DingTalk. Its
   text and buttons come from dingding.approval.banner(): see models/. */
odoo.define("dingding_approval.banner", function (require) {
    "use strict";

    var field_utils = require("web.field_utils");
    var registry = require("web.widget_registry");
    var Widget = require("web.Widget");

    // Milliseconds until the server is asked again what has become of it:
    // sooner after the form was opened; see docs/decisions/0033.
    var SOON = 3000;
    var LATER = 5000;
    var RARELY = 30000;
    var FRESH = 120000;
    // And until the button to edit is looked for again, so often.
    var LOOK_AGAIN = 100;
    var MOST_LOOKS = 100;
    // A form with this class cannot be edited at all.
    var CLOSED = "o_dingding_closed";
    // A field that cannot, and what the banner has disabled in it.
    var FIXED = "o_dingding_fixed";
    var DISABLED = "o_dingding_disabled";
    var INPUTS = "input, textarea, select, button";

    // Record -> status that made the form read it again.
    var read = {};

    // The time that the server wrote, in UTC, as the reader has it.
    function shown(text, time) {
        if (!time) {
            return text;
        }
        return text.replace("{time}", field_utils.format.datetime(moment.utc(time)));
    }

    function span(className, text) {
        return $("<span/>", {class: className}).text(text);
    }

    // The latest approval's, of what the server answered; undefined without one.
    function statusOf(values) {
        return (values && values.approval || {}).status;
    }

    function icon(name) {
        return span("fa fa-fw " + name, "").attr("aria-hidden", "true");
    }

    var Banner = Widget.extend({
        className: "o_dingding_approval",
        events: {"click button[data-button]": "_onPress"},

        init: function (parent, record) {
            this._super.apply(this, arguments);
            this.record = record;
            this.form = parent;
            this.opened = Date.now();
            this._onVisible = this._onVisible.bind(this);
            // Up to 12.0 Odoo draws a form anew without destroying its widgets.
            if (parent.dingdingBanner) {
                parent.dingdingBanner._stop();
            }
            parent.dingdingBanner = this;
        },
        start: function () {
            document.addEventListener("visibilitychange", this._onVisible);
            // The form does not wait for the banner.
            this._load();
            return this._super.apply(this, arguments);
        },
        destroy: function () {
            this._stop();
            this._super.apply(this, arguments);
        },
        _stop: function () {
            this.stopped = true;
            clearTimeout(this.timer);
            document.removeEventListener("visibilitychange", this._onVisible);
            this._unlock();
        },

        _ask: function (method, more) {
            return this._rpc({
                model: "dingding.approval",
                method: method,
                args: [this.record.model, this.record.res_id].concat(more || []),
                context: this.getSession().user_context,
            });
        },
        _load: function () {
            var self = this;
            if (!this.record.res_id) {
                return;
            }
            this._ask("banner").then(function (values) {
                if (self.stopped) {
                    return;
                }
                var status = statusOf(values);
                var before = read[self._key()];
                delete read[self._key()];
                if (before && before !== status && self.form.mode === "readonly") {
                    // It changed once more between the record and this answer.
                    return self._readAgain(status);
                }
                self.values = values;
                self._show();
                self._wait();
            });
        },
        _key: function () {
            return this.record.model + "," + this.record.res_id;
        },
        // The record may have changed with the status.
        _readAgain: function (status) {
            read[this._key()] = status;
            return this._reload();
        },
        // A banner that the form has replaced meanwhile reaches nobody.
        _reload: function () {
            return this.form.trigger_up("reload");
        },
        // Forms behind the breadcrumbs stay, without a place on the page.
        _isShown: function () {
            return document.body.contains(this.form.el);
        },
        // A hidden page waits until somebody looks at it.
        _wait: function () {
            var status = statusOf(this.values);
            var fresh = Date.now() - this.opened < FRESH;
            var wait = {
                sending: SOON, pending: SOON, running: fresh ? LATER : RARELY,
            }[status];
            clearTimeout(this.timer);
            this.timer = null;
            if (wait && !document.hidden) {
                this.timer = setTimeout(this._look.bind(this), wait);
            }
        },
        _onVisible: function () {
            var status = statusOf(this.values);
            if (document.hidden) {
                clearTimeout(this.timer);
            } else if (["sending", "pending", "running"].indexOf(status) >= 0) {
                clearTimeout(this.timer);
                this._look();
            }
        },
        _look: function () {
            var self = this;
            var before = this.values.approval.status;
            if (!this._isShown()) {
                this._wait();
                return;
            }
            this._ask("banner").then(function (values) {
                if (self.stopped) {
                    return;
                }
                if (!self._isShown()) {
                    self._wait();
                    return;
                }
                var status = statusOf(values);
                if (status !== before && self.form.mode === "readonly") {
                    return self._readAgain(status);
                }
                self.values = values;
                self._show();
                self._wait();
            }, function () {
                // Without a connection; the page itself says so.
                if (!self.stopped) {
                    self._wait();
                }
            });
        },

        _show: function () {
            var self = this;
            var values = this.values;
            this.$el.empty().toggleClass("o_dingding_shown", Boolean(values));
            this._freeFields();
            this._unlock();
            if (!values) {
                return;
            }
            this.$el.closest(".o_form_view").find(".o_dingding_approval_count")
                .text(values.count);
            var approval = values.approval;
            if (approval) {
                this.$el.attr("data-status", approval.status);
                icon(approval.icon).appendTo(this.$el);
                span("o_dingding_status", approval.label).attr("role", "status")
                    .appendTo(this.$el);
                if (approval.text) {
                    span("o_dingding_text", shown(approval.text, approval.time))
                        .appendTo(this.$el);
                }
            }
            var $buttons = span("o_dingding_buttons", "").appendTo(this.$el);
            values.submit.forEach(function (mapping) {
                self._button($buttons, "submit", mapping.label, mapping.id)
                    .addClass(mapping.primary ? "btn-primary" : "");
            });
            (approval ? approval.buttons : []).forEach(function (button) {
                self._button($buttons, button.name, button.label);
            });
            if (values.lock) {
                $("<div/>", {class: "o_dingding_locked"}).text(values.lock.text)
                    .prepend(icon("fa-lock")).appendTo(this.$el);
                this._lock(values.lock);
            }
            if (approval && approval.trouble) {
                $("<div/>", {class: "o_dingding_trouble", role: "alert"})
                    .text(approval.trouble + "\n" + approval.remedy)
                    .appendTo(this.$el);
            }
        },
        // Fields that the server would refuse to save are read-only. The
        // button to edit belongs to the form, which knows nothing of locks.
        _lock: function (lock) {
            if (!lock.free.length) {
                this._close();
                this._disableEdit(lock.text, MOST_LOOKS);
            }
            if (this.form.mode === "readonly") {
                return;
            }
            this._fixFields(lock);
            // Odoo attaches fields after the server has answered, and draws some anew.
            this.fields = new MutationObserver(this._fixFields.bind(this, lock));
            this.fields.observe(this.form.el, {childList: true, subtree: true});
        },
        _fixFields: function (lock) {
            this.form.$(".o_field_widget[name]").each(function () {
                var $field = $(this);
                var inner = $field.parent().closest(".o_field_widget[name]").length;
                if (!inner && lock.free.indexOf($field.attr("name")) < 0) {
                    // Elements that are disabled anyway stay so.
                    $field.addClass(FIXED).attr("title", lock.text)
                        .find(INPUTS).addBack(INPUTS).not(":disabled")
                        .addClass(DISABLED).prop("disabled", true);
                }
            });
        },
        _freeFields: function () {
            if (this.fields) {
                this.form.$("." + FIXED).removeClass(FIXED).removeAttr("title");
                this.form.$("." + DISABLED).removeClass(DISABLED).prop("disabled", false);
            }
        },
        // 15.0 edits a form when somebody clicks a value or a label of it.
        _close: function () {
            var excluded = this.form.quickEditExclusion;
            // Odoo moves what is around this banner into the form later, and destroys
            // the banner before this one then.
            this.form.$el.addClass(CLOSED).data(CLOSED, this);
            if (excluded && excluded.indexOf("." + CLOSED) < 0) {
                // A list of this form alone, not of its class.
                this.form.quickEditExclusion = excluded.concat("." + CLOSED);
            }
        },
        // Odoo may add the button after the server has answered, and enables all buttons
        // after an action.
        _disableEdit: function (title, looks) {
            // Another form may be on the page meanwhile.
            var $edit = $(this.form.getParent().$buttons).find(".o_form_button_edit");
            if (!$edit.length && looks) {
                this.looking = setTimeout(
                    this._disableEdit.bind(this, title, looks - 1), LOOK_AGAIN);
                return;
            }
            var disable = function () {
                if (!$edit.prop("disabled") || $edit.attr("title") !== title) {
                    $edit.prop("disabled", true).attr("title", title);
                }
            };
            disable();
            this.$edit = $edit;
            this.guard = new MutationObserver(disable);
            $edit.each(function (_index, button) {
                this.guard.observe(
                    button, {attributes: true, attributeFilter: ["disabled", "title"]});
            }.bind(this));
        },
        _unlock: function () {
            clearTimeout(this.looking);
            if (this.fields) {
                this.fields.disconnect();
                this.fields = null;
            }
            if (this.form.$el.data(CLOSED) === this) {
                this.form.$el.removeClass(CLOSED).removeData(CLOSED);
            }
            if (this.$edit) {
                this.guard.disconnect();
                this.$edit.prop("disabled", false).removeAttr("title");
                this.$edit = null;
            }
        },
        // Submit the values that the form shows; the dialog reloads the form.
        _saved: function (button) {
            var controller = this.form.getParent();
            if (button !== "submit" || this.form.mode !== "edit" || !controller.saveRecord) {
                return $.when();
            }
            return controller.saveRecord(controller.handle, {stayInEdit: true});
        },
        _button: function ($place, name, label, mapping) {
            return $("<button/>", {
                type: "button",
                class: "btn btn-sm btn-default",
                "data-button": name,
                "data-mapping": mapping || "",
            }).text(label).appendTo($place);
        },

        _onPress: function (event) {
            var self = this;
            var $button = $(event.currentTarget);
            var mapping = Number($button.attr("data-mapping")) || false;
            event.preventDefault();
            event.stopPropagation();
            $button.prop("disabled", true);
            this._saved($button.attr("data-button")).then(function () {
                return self._ask("banner_press", [$button.attr("data-button"), mapping]);
            }).then(
                function (action) {
                    if (!action) {
                        return self._reload();
                    }
                    $button.prop("disabled", false);
                    return self.do_action(action, {
                        on_close: function () {
                            self._reload();
                        },
                    });
                }
            ).then(null, function () {  // no .fail() in promises of 13 and later
                $button.prop("disabled", false);
            });
        },
    });

    // The number on the smart button; the banner fills it in.
    var Count = Widget.extend({
        tagName: "span",
        className: "o_dingding_approval_count",
    });

    registry.add("dingding_approval", Banner);
    registry.add("dingding_approval_count", Count);

    return {Banner: Banner, Count: Count};
});
