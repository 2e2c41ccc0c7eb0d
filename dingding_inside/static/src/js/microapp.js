/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* The page inside DingTalk: scanning a code into the field, a tap on a colleague,
   which begins a chat, and the search for colleagues. */
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

    // The scanned text goes into the field, where a person can check it.
    function scan(event) {
        var button = event.currentTarget;
        var field = document.getElementById("code");
        tell();
        button.disabled = true;
        window.dingding.call("biz.util.scan", { type: "all" }).then(function (found) {
            button.disabled = false;
            field.value = found && found.text || "";
            field.focus();
        }, function (error) {
            button.disabled = false;
            tell(error);
        });
    }

    // Few rows of a long list, until somebody searches it or wants to see all.
    function fold(list) {
        var few = Number(list.getAttribute("data-few"));
        var key = list.parentNode.id;
        var all = document.querySelector("[data-all='" + key + "']");
        var filter = document.querySelector("[data-filter='" + key + "']");
        var rows = Array.prototype.slice.call(list.children);
        var folded = true;
        function show() {
            var wanted = filter.value.trim().toLowerCase();
            rows.forEach(function (row, number) {
                row.hidden = wanted
                    ? row.textContent.toLowerCase().indexOf(wanted) < 0
                    : folded && number >= few;
            });
            all.hidden = !folded || wanted !== "";
        }
        if (!filter) {
            return;
        }
        all.addEventListener("click", function () {
            folded = false;
            show();
            rows[few].querySelector("a, button, p").focus();
        });
        filter.addEventListener("input", show);
        show();
    }

    if (window.dingding.inside()) {
        document.getElementById("scan").addEventListener("click", scan);
    } else {
        document.getElementById("scan").hidden = true;
    }
    Array.prototype.forEach.call(document.querySelectorAll("[data-chat]"), function (each) {
        each.addEventListener("click", chat);
    });
    Array.prototype.forEach.call(document.querySelectorAll("[data-few]"), fold);
    if (window.parent !== window) {
        // Odoo's own pages refuse to be framed.
        Array.prototype.forEach.call(
            document.querySelectorAll("a[href^='/web'], .find"), function (each) {
                each.target = "_blank";
            }
        );
    }
}());
