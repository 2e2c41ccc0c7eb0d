/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* The page inside DingTalk: a tap on a colleague begins a chat. */
(function () {
    "use strict";

    var notice = document.getElementById("notice");

    function tell(error) {
        notice.textContent = error && error.message || "";
        notice.hidden = !notice.textContent;
        if (!notice.hidden) {
            notice.scrollIntoView();
        }
    }

    function chat(event) {
        var button = event.currentTarget;
        tell();
        button.disabled = true;
        function end() {
            button.disabled = false;
        }
        window.dingding.call("biz.chat.openSingleChat", {
            corpId: button.getAttribute("data-corp"),
            userId: button.getAttribute("data-chat")
        }).then(end, function (error) {
            end();
            tell(error);
        });
    }

    Array.prototype.forEach.call(document.querySelectorAll("[data-chat]"), function (each) {
        each.addEventListener("click", chat);
    });
}());
