/* Copyright 2026 DingTalk for Odoo contributors. License LGPL-3.0 or later.
 *
 * DTFrameLogin: DingTalk's sign-in inside a site's page. Own code with the documented
 * interface:
 *
 *   DTFrameLogin({ id, width, height },
 *                { redirect_uri, client_id, scope, response_type, state, prompt, ... },
 *                function (result) { result.redirectUrl, result.authCode, result.state },
 *                function (error) { ... });
 *
 * The values of the second argument go into the address as they are: redirect_uri has
 * to be URI-encoded already, as the documentation says.
 */
(function () {
  "use strict";
  var script = document.currentScript;
  var home = script ? new URL(script.src, location.href).origin : location.origin;
  var SMALLEST = 280, USUAL = 300;
  var OPTIONAL = ["state", "prompt", "org_type", "corpId", "exclusiveLogin", "exclusiveCorpId"];

  function size(value) {
    var wanted = parseInt(value, 10);
    return Math.max(SMALLEST, wanted > 0 ? wanted : USUAL) + "px";
  }

  window.DTFrameLogin = function (frame, login, success, failure) {
    function fail(text) { if (typeof failure === "function") { failure(text); } }
    if (!window.addEventListener || !window.postMessage) { return fail("Browser not support"); }
    if (!frame || !frame.id || !login || !login.redirect_uri || !login.client_id
        || !login.scope || !login.response_type) {
      return fail("Missing parameters");
    }
    var place = document.getElementById(frame.id);
    if (!place) { return fail("Element not found"); }
    var address = home + "/oauth2/auth?iframe=true&redirect_uri=" + login.redirect_uri
      + "&response_type=" + login.response_type + "&client_id=" + login.client_id + "&scope=" + login.scope;
    OPTIONAL.forEach(function (name) {
      if (login[name] !== undefined && login[name] !== "") { address += "&" + name + "=" + login[name]; }
    });
    var inner = document.createElement("iframe");
    inner.src = address;
    inner.title = "DingTalk";
    inner.style.border = "0";
    inner.style.width = size(frame.width);
    inner.style.height = size(frame.height);
    place.innerHTML = "";
    place.appendChild(inner);
    window.addEventListener("message", function (event) {
      if (event.origin !== home || event.source !== inner.contentWindow) { return; }
      var found = event.data || {};
      if (!found.success) { return fail(found.errorMsg); }
      if (typeof success !== "function") { return; }
      var query = new URL(found.redirectUrl).searchParams;
      success({ redirectUrl: found.redirectUrl, authCode: query.get("authCode") || "", state: query.get("state") || "" });
    });
  };
}());
