/* Copyright 2026 DingTalk for Odoo contributors. License LGPL-3.0 or later.
 *
 * The ways by which DingTalk's npm package `dingtalk-jsapi` speaks to the client around
 * a page. On a phone `window.nuva` hands out a function. On a computer the page posts
 * requests to its window, which only the client hears, and gets messages back that seem
 * to come from a page of DingTalk's.
 */
(function () {
  "use strict";
  var inside = window.__dingtalkSimulator;
  if (!inside || !inside.ask || window.top !== window) { return; }
  // Names that differ between the package and pages
  var NAMES = {
    "runtime.permission.requestJsApis": "config",
    "runtime.permission.requestAuthCodeV2": "requestAuthCode"
  };
  var HOST = "https://im.dingtalk.com", CONTAINER = "simulator";

  function carry(name, params) { return inside.ask(NAMES[name] || name, params); }

  function phone() {
    function call(done, failed, space, name, params) {
      carry((space ? space + "." : "") + name, params).then(done, failed);
    }
    window.nuva = { isReady: true, require: function () { return call; } };
  }

  function computer() {
    var post = window.postMessage;
    window.dd_bridge_config = JSON.stringify({
      hostOrigin: HOST, containerId: CONTAINER, hostVersion: inside.version, language: navigator.language
    });
    window.dingtalk = { platform: { invokeAPI: function () {} } };
    window.postMessage = function (request) {
      if (!request || request.type !== "request" || request.containerId !== CONTAINER) {
        return post.apply(window, arguments);
      }
      function answer(success, body) {
        window.dispatchEvent(new MessageEvent("message", {
          origin: HOST, source: window, data: { type: "response", msgId: request.msgId, success: success, body: body }
        }));
      }
      // Those that begin so only open the way for events, of which there are none.
      if (String(request.methodName).indexOf("SYS_") !== 0) {
        carry(request.methodName, request.body).then(answer.bind(null, true), answer.bind(null, false));
      }
    };
  }

  if (inside.platform === "pc") { computer(); } else { phone(); }
}());
