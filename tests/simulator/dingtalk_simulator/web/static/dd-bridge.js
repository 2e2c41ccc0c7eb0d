function () {
  "use strict";
  if (window.top !== window || window.__dingtalkSimulator) { return; }
  var known = __KNOWN__;
  function send(body) {
    // A test's browser offers a way that no content security policy of the page bars,
    // as the real one is not part of the page.
    if (window.__dingtalkSimulatorCall) { return window.__dingtalkSimulatorCall(body); }
    return fetch(known.origin + "/_dd/call", {
      method: "POST", mode: "cors", credentials: "omit",
      headers: { "Content-Type": "text/plain" }, body: JSON.stringify(body)
    }).then(function (answer) { return answer.json(); });
  }
  Object.defineProperty(window, "__dingtalkSimulator", { value: {
    platform: known.platform,
    version: known.version,
    call: function (method, params) {
      return send({ session: known.session, method: method, params: params, page: location.href });
    }
  } });
}
