/* Copyright 2026 DingTalk for Odoo contributors. License LGPL-3.0 or later.
 *
 * A sign-in page: waits for the phone, goes on, tells the page around the frame.
 */
"use strict";
(function () {
  var PAUSE = 700;

  function end(found) {
    if (found.go) { location.href = found.go; return; }
    if (found.tell === undefined) { return; }
    for (var number = 0; number < found.times; number++) {
      window.parent.postMessage(found.tell, found.target);
    }
  }

  function watch(box) {
    var url = "/oauth2/wait?t=" + encodeURIComponent(box.dataset.wait);
    var scanned = box.querySelector("[data-scanned]"), expired = box.querySelector("[data-expired]");
    function look() {
      fetch(url, { credentials: "same-origin" }).then(function (answer) { return answer.json(); }).then(function (found) {
        box.dataset.status = found.status;
        scanned.hidden = found.status !== "scanned" && found.status !== "agreed";
        expired.hidden = found.status !== "expired" && found.status !== "refused";
        if (found.name) { box.querySelector("[data-name]").textContent = found.name; }
        if (found.status === "agreed" || found.status === "refused") { end(found); return; }
        if (found.status !== "expired") { setTimeout(look, PAUSE); }
      }).catch(function () { setTimeout(look, 2 * PAUSE); });
    }
    look();
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-wait]"), watch);
  Array.prototype.forEach.call(document.querySelectorAll("[data-outcome]"), function (box) {
    end(JSON.parse(box.dataset.outcome));
  });
}());
