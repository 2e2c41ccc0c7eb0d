/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* The link "Retry" below a message of the chatter. Plain script, so that it works in
   every series; without it, the link opens the notification. */
(function () {
    "use strict";

    var MODEL = "dingding.notification";

    function say(link, text) {
        link.removeAttribute("href");
        link.textContent = text;
    }

    function retry(link, id) {
        var request = new XMLHttpRequest();
        if (link.getAttribute("aria-busy")) {
            return; // already asked
        }
        link.setAttribute("aria-busy", "true");
        request.open("POST", "/web/dataset/call_kw/" + MODEL + "/retry_from_chatter");
        request.setRequestHeader("Content-Type", "application/json");
        request.onload = function () {
            var answer = {};
            try {
                answer = JSON.parse(request.responseText);
            } catch (error) {
                answer = {error: {}};
            }
            if (answer.error) {
                say(link, (answer.error.data && answer.error.data.message) || answer.error.message || "?");
            } else {
                say(link, answer.result);
            }
        };
        request.onloadend = function () {
            // Without a connection the link can be pressed again.
            link.removeAttribute("aria-busy");
        };
        request.send(JSON.stringify({
            jsonrpc: "2.0",
            method: "call",
            params: {model: MODEL, method: "retry_from_chatter", args: [[id]], kwargs: {}},
        }));
    }

    document.addEventListener("click", function (event) {
        var link = event.target.closest && event.target.closest("a[href*='dingding_retry=']");
        var found = link && /[#&?]id=(\d+)/.exec(link.getAttribute("href") || "");
        if (found) {
            event.preventDefault();
            event.stopImmediatePropagation();
            retry(link, parseInt(found[1], 10));
        }
    }, true);
}());
