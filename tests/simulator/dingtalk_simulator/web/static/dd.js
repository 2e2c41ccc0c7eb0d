/* Copyright 2026 DingTalk for Odoo contributors. License LGPL-3.0 or later.
 *
 * The global `dd` of DingTalk's JSAPI, own code: dd.ready, dd.config, dd.error, dd.env
 * and the calls listed in NAMES. It finds DingTalk in one of two ways:
 *
 *   window.__dingtalkSimulator   was put into the page by dd-bridge.js
 *   window.name                  was set by a container page of the simulator, which is
 *                                this page's parent (frame) or opener (window)
 *
 * Anywhere else dd.env.platform is "notInDingTalk", dd.ready never fires, calls fail.
 */
(function () {
  "use strict";
  var MARK = "dingtalk-simulator:";
  var NAMES = [
    "runtime.permission.requestAuthCode", "requestAuthCode",
    "biz.util.scan", "biz.util.uploadImage", "biz.util.uploadImageFromCamera",
    "device.geolocation.get", "biz.chat.openSingleChat",
    "biz.contact.complexPicker", "biz.contact.departmentsPicker"
  ];

  // Executes the calls

  function injected() {
    var bridge = window.__dingtalkSimulator;
    return bridge && { platform: bridge.platform, version: bridge.version, call: bridge.call };
  }

  function around() {
    var outer = window.parent !== window ? window.parent : window.opener;
    if (!outer || String(window.name).indexOf(MARK) !== 0) { return null; }
    var known;
    try { known = JSON.parse(window.name.slice(MARK.length)); } catch (error) { return null; }
    var waiting = {}, last = 0;
    window.addEventListener("message", function (event) {
      var found = event.data;
      if (event.source !== outer || event.origin !== known.origin || !found || !waiting[found.dingtalkAnswer]) { return; }
      waiting[found.dingtalkAnswer](found.answer);
      delete waiting[found.dingtalkAnswer];
    });
    return {
      platform: known.platform,
      version: known.version,
      call: function (method, params) {
        return new Promise(function (resolve) {
          var id = "dd" + (++last) + "-" + Math.random();
          waiting[id] = resolve;
          outer.postMessage({ dingtalkCall: id, method: method, params: params, page: location.href }, known.origin);
        });
      }
    };
  }

  var client = injected() || around();
  var platform = client ? client.platform : "notInDingTalk";

  function plain(value) { return JSON.parse(JSON.stringify(value === undefined ? {} : value)); }

  function ask(method, params) {
    if (!client) {
      return Promise.reject({ errorCode: -1, errorMessage: "not in DingTalk: " + method });
    }
    return client.call(method, plain(params)).then(function (answer) {
      if (answer && answer.ask) {
        return window.__dingtalkSimulatorPick(answer.ask).then(function (chosen) {
          var again = plain(params);
          again._chosen = chosen;
          return ask(method, again);
        });
      }
      if (answer && answer.ok) { return answer.result; }
      throw (answer && answer.error) || { errorCode: -1, errorMessage: "no answer" };
    });
  }

  if (window.__dingtalkSimulator) { window.__dingtalkSimulator.ask = ask; }

  function caller(method) {
    return function (params) {
      params = params || {};
      var done = params.onSuccess || params.success, failed = params.onFail || params.fail;
      var promise = ask(method, params);
      promise.then(function (result) {
        if (done) { done(result); }
        if (params.complete) { params.complete(result); }
      }, function (error) {
        if (failed) { failed(error); }
        if (params.complete) { params.complete(error); }
      });
      return promise;
    };
  }

  // The global

  var onError = [], configured = null;
  var dd = {
    env: { platform: platform, version: client ? client.version : null, appType: "WEB", language: navigator.language },
    version: client ? client.version : null,
    android: platform === "android",
    ios: platform === "ios",
    pc: platform === "pc",
    other: platform === "notInDingTalk",
    error: function (callback) { onError.push(callback); },
    config: function (values) {
      configured = ask("config", values);
      configured.catch(function (error) {
        onError.forEach(function (callback) { callback(error); });
      });
    },
    ready: function (callback) {
      if (!client) { return; }
      var turn = new Promise(function (resolve) { setTimeout(resolve, 0); });
      turn.then(function () { return configured; }).then(callback, function () {});
    }
  };
  NAMES.forEach(function (name) {
    var parts = name.split("."), at = dd;
    parts.slice(0, -1).forEach(function (part) { at = at[part] = at[part] || {}; });
    at[parts[parts.length - 1]] = caller(name);
  });
  window.dd = dd;
}());
