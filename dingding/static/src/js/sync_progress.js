/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* The bar inside the form of a run. Plain script, so that it works in every series. */
(function () {
    "use strict";

    var INTERVAL = 1000; // milliseconds
    var failures = 0;

    function find(selector) {
        return document.querySelector(selector);
    }

    function show(values) {
        document.body.setAttribute("data-state", values.state);
        find(".bar").setAttribute("aria-valuenow", values.percent);
        find(".filled").style.width = values.percent + "%";
        find(".percent").textContent = values.percent + "%";
        find(".text").textContent = values.text;
        find(".seconds span").textContent = values.seconds;
    }

    function reload() {
        // The form has a button that reads the record again; without it, all of it.
        var form = window.parent !== window && window.parent.document;
        var button = form && form.querySelector(".o_dingding_reload");
        if (button) {
            button.click();
        } else if (form) {
            window.parent.location.reload();
        }
    }

    function again() {
        window.setTimeout(ask, INTERVAL * Math.min(1 + failures, 10));
    }

    function ask() {
        var request = new XMLHttpRequest();
        request.open("GET", "/dingding/sync/" + document.body.getAttribute("data-run") + "/state");
        request.timeout = 20000;
        request.onload = function () {
            var values;
            if (request.status === 404) {
                return; // deleted, or no longer ours to see
            }
            try {
                values = JSON.parse(request.responseText);
            } catch (error) {
                failures += 1;
                again();
                return;
            }
            failures = 0;
            show(values);
            if (values.finished) {
                window.setTimeout(reload, 700);
            } else {
                again();
            }
        };
        request.onerror = request.ontimeout = function () {
            failures += 1;
            again();
        };
        request.send();
    }

    document.addEventListener("DOMContentLoaded", function () {
        window.setTimeout(ask, INTERVAL);
    });
})();
