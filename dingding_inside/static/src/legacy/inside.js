/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* Shared code of the fields that use DingTalk, in the web client of Odoo 11 to 15. The
   server's part is in models/dingding_jsapi_field.py, the calls of DingTalk itself in
   js/dingding.js. */
odoo.define("dingding_inside.inside", function (require) {
    "use strict";

    var rpc = require("web.rpc");
    var session = require("web.session");

    // DingTalk on a computer has neither camera nor place.
    var COMPUTER = /dingtalk-win|DingTalk.*Macintosh|Macintosh.*DingTalk/i;
    // Cancelling is not an error.
    var GIVEN_UP = /cancel|\u53d6\u6d88/i;
    // The page is not the application's, or its signature does not have the call.
    var REFUSED = [3, 7];
    // All at once: DingTalk wants one configuration a page, and this page stays.
    var CALLS = [
        "biz.util.scan",
        "biz.util.uploadImage",
        "biz.util.uploadImageFromCamera",
        "device.geolocation.get",
        "biz.contact.complexPicker",
        "biz.contact.departmentsPicker",
    ];
    var MODEL = "dingding.jsapi.field";
    var words = null; // promise of the sentences in the user's language

    // The web client of Odoo 11 leaves half of a phone's screen to its menu.
    if (/DingTalk/i.test(navigator.userAgent) && !COMPUTER.test(navigator.userAgent)) {
        document.documentElement.classList.add("o_dingding_phone");
    }

    function isInside() {
        return window.dingding.inside();
    }

    function isOnComputer() {
        return COMPUTER.test(navigator.userAgent);
    }

    // Ask the server; the errors are those of Odoo's own calls.
    function server(method, args) {
        return rpc.query({
            model: MODEL,
            method: method,
            args: args,
            kwargs: {context: session.user_context},
        });
    }

    // Load the sentences, once for all fields of the page, and keep them at the field.
    function load(widget) {
        words = words || server("words", []);
        return words.then(function (found) {
            widget.dingdingWords = found;
        }, function (error) {
            words = null;
            return $.Deferred().reject(error);
        });
    }

    function say(widget, text) {
        // Some series show this as HTML, others as text: neither may see markup in it.
        var harmless = String(text).replace(/[<>&]/g, function (sign) {
            return {"<": "\uff1c", ">": "\uff1e", "&": "\uff06"}[sign];
        });
        var title = widget.string;
        if (widget.isDestroyed()) {
            return;
        }
        if (widget.displayNotification) {
            widget.displayNotification({
                type: "warning", title: title, message: harmless, sticky: true,
            });
        } else {
            widget.do_warn(title, harmless, true);
        }
    }

    // Make a button for a field; `press` may return a promise, and until it ends the
    // button rests.
    function button(widget, name, icon, label, press) {
        var $button = $("<button/>", {
            type: "button",
            class: "btn btn-link o_dingding_button fa " + icon,
            title: label,
            "aria-label": label + " (" + widget.string + ")",
            "data-dingding": name,
        });
        function rest() {
            $button.prop("disabled", false);
        }
        $button.on("click", function (event) {
            var done;
            event.preventDefault();
            event.stopPropagation();
            $button.prop("disabled", true);
            done = press();
            done.then(rest, rest);
        });
        // A list would take the keys, and the cursor out of the row.
        $button.on("keydown", function (event) {
            if (event.which === 13 || event.which === 32) {
                event.stopPropagation();
            }
        });
        return $button;
    }

    // Call DingTalk, then `use(result)`. `params` may be a function of the page's
    // organisation and application. Errors are shown to the person.
    function ask(widget, name, params, use) {
        return window.dingding.ready(CALLS).then(function () {
            var known = window.dingding.known();
            var given = typeof params === "function" ? params(known) : params;
            return window.dingding.call(name, given);
        }).then(function (result) {
            if (!widget.isDestroyed()) {
                return use(result);
            }
        }).catch(function (error) {
            var code = error && error.cause && Number(error.cause.errorCode);
            // Errors of the server are shown by Odoo itself.
            if (!error || !error.kind || GIVEN_UP.test(error.message)) {
                return;
            }
            if (code && REFUSED.indexOf(code) < 0) {
                say(widget, "DingTalk: " + error.message);
            } else {
                say(widget, widget.dingdingWords[error.kind] + " (" + name + ")");
            }
        });
    }

    return {
        ask: ask,
        button: button,
        isInside: isInside,
        isOnComputer: isOnComputer,
        load: load,
        say: say,
        server: server,
    };
});
