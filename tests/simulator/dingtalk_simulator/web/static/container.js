/* Copyright 2026 DingTalk for Odoo contributors. License LGPL-3.0 or later.
 *
 * The window of DingTalk around a site's page: carries the calls of its `dd` out.
 */
"use strict";
(function () {
  var frame = document.querySelector("[data-container]");
  var windows = [];

  // A browser whose pages carry the bridge shows the page as it is.
  if (window.__dingtalkSimulator) { location.replace(frame.src); return; }

  window.addEventListener("message", function (event) {
    var asked = event.data;
    if (!asked || !asked.dingtalkCall) { return; }
    if (event.source !== frame.contentWindow && windows.indexOf(event.source) < 0) { return; }
    var page = String(asked.page);
    if (page.indexOf(event.origin + "/") !== 0) { page = event.origin + "/"; }
    fetch("/_dd/call", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ session: frame.dataset.session, method: asked.method, params: asked.params, page: page })
    }).then(function (answer) { return answer.json(); }).then(function (found) {
      event.source.postMessage({ dingtalkAnswer: asked.dingtalkCall, answer: found }, event.origin);
    });
  });

  document.querySelector("[data-window]").addEventListener("click", function () {
    // A name of its own, or the frame is meant; its end is a blank to who reads it.
    windows.push(window.open(frame.getAttribute("src"), frame.name + " "));
  });
}());
