/* Copyright 2026 DingTalk for Odoo contributors. License LGPL-3.0 or later.
 *
 * DDLogin: the older QR code inside a site's page. Own code with the documented
 * interface: DDLogin({ id, goto, style, width, height, href }). `goto` is URI-encoded as
 * a whole. The frame tells the page a loginTmpCode, a plain text, by postMessage.
 */
(function () {
  "use strict";
  var script = document.currentScript;
  var home = script ? new URL(script.src, location.href).origin : location.origin;

  window.DDLogin = function (options) {
    var place = document.getElementById(options.id);
    var inner = document.createElement("iframe");
    var address = home + "/login/qrcode.htm?goto=" + options.goto;
    if (options.style) { address += "&style=" + encodeURIComponent(options.style); }
    if (options.href) { address += "&href=" + options.href; }
    inner.src = address;
    inner.title = "DingTalk";
    inner.frameBorder = "0";
    inner.width = (options.width || 365) + "px";
    inner.height = (options.height || 400) + "px";
    place.innerHTML = "";
    place.appendChild(inner);
    return { frame: inner };
  };
}());
