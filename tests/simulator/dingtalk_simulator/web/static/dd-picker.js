/* Copyright 2026 DingTalk for Odoo contributors. License LGPL-3.0 or later.
 *
 * DingTalk's layer over a page when a call needs the person: the camera's view of a
 * code, a picture, a place, people and departments of the organisation.
 *
 *     window.__dingtalkSimulatorPick(ask) -> promise of what was chosen, null: given up
 *
 * It lies in a shadow of its own, so that neither page nor picker styles the other, and
 * its style sheet is made by script, which no content security policy forbids.
 */
(function () {
  "use strict";
  var ZH = /^zh/i.test(navigator.language);
  var WORDS = {
    scan: ["What does the camera see?", "镜头看到什么？"],
    camera: ["Take a picture", "拍照"],
    album: ["Choose a picture", "选择图片"],
    place: ["Where is the phone?", "手机在哪里？"],
    people: ["Choose people", "选择人员"],
    departments: ["Choose departments", "选择部门"],
    code: ["Text of the code", "码的内容"],
    find: ["Search", "搜索"],
    sample: ["A parcel on a table", "桌上的包裹"],
    file: ["A file of this computer", "本机文件"],
    ok: ["OK", "确定"],
    cancel: ["Cancel", "取消"]
  };
  var STYLE = [
    ":host { all: initial; position: fixed; inset: 0; z-index: 2147483647; background: rgb(10 20 30 / 55%); display: flex; align-items: center; justify-content: center; font: 15px/1.45 system-ui, 'Noto Sans CJK SC', sans-serif; }",
    "form { box-sizing: border-box; width: min(400px, calc(100vw - 24px)); max-height: calc(100vh - 24px); display: flex; flex-direction: column; gap: 12px; padding: 18px; background: #fff; color: #1c2430; border-radius: 14px; }",
    "h2 { margin: 0; font-size: 17px; }",
    "label { display: flex; gap: 10px; align-items: center; min-height: 40px; overflow-wrap: anywhere; }",
    "label.over { flex-direction: column; align-items: stretch; gap: 2px; }",
    "small { color: #5b6675; } img { width: 100%; border-radius: 8px; }",
    ".list { overflow-y: auto; min-height: 80px; border-top: 1px solid #e2e7ed; border-bottom: 1px solid #e2e7ed; }",
    "input { font: inherit; } input[type=text], input[type=search] { width: 100%; box-sizing: border-box; padding: 8px 10px; border: 1px solid #8a94a3; border-radius: 8px; }",
    ".end { display: flex; justify-content: flex-end; gap: 10px; }",
    "button { font: inherit; padding: 8px 18px; border: 1px solid #0f766e; border-radius: 8px; background: #0f766e; color: #fff; }",
    "button.quiet { background: #fff; color: #0b5c56; }",
    ":focus-visible { outline: 2px solid #0f766e; outline-offset: 2px; } [hidden] { display: none !important; }"
  ].join("\n");

  function say(key) { return WORDS[key][ZH ? 1 : 0]; }

  function make(tag, values, children) {
    var element = document.createElement(tag);
    Object.keys(values || {}).forEach(function (key) {
      if (key === "text") { element.textContent = values.text; } else { element.setAttribute(key, values[key]); }
    });
    (children || []).forEach(function (child) { element.appendChild(child); });
    return element;
  }

  // A picture as a camera would make it: no file is needed to try things out.
  function parcel() {
    var canvas = make("canvas", { width: "480", height: "360" });
    var draw = canvas.getContext("2d");
    function box(colour, x, y, width, height) { draw.fillStyle = colour; draw.fillRect(x, y, width, height); }
    box("#dbe5ee", 0, 0, 480, 360);
    box("#7a5b41", 0, 270, 480, 90);
    box("#c79a5f", 110, 90, 260, 200);
    box("#e9d6b5", 222, 90, 36, 200);
    box("#fff", 280, 200, 76, 62);
    for (var bar = 0; bar < 16; bar += 1) { box("#222", 286 + bar * 4, 208, bar % 3 ? 1 : 3, 34); }
    return canvas.toDataURL("image/jpeg", 0.9);
  }

  function read(file) {
    return new Promise(function (resolve, reject) {
      var reader = new FileReader();
      reader.onload = function () { resolve(reader.result); };
      reader.onerror = reject;
      reader.readAsDataURL(file);
    });
  }

  // One kind of question: what is shown, and what it says when OK is pressed.

  function scan() {
    var input = make("input", { type: "text", "data-testid": "picker-text", autocomplete: "off" });
    return {
      parts: [make("label", { class: "over", text: say("code") }, [input])],
      value: function () { return input.value; }
    };
  }

  function picture() {
    var sample = parcel();
    var input = make("input", { type: "file", accept: "image/*", "data-testid": "picker-file" });
    return {
      parts: [
        make("img", { src: sample, alt: say("sample") }),
        make("label", { class: "over", text: say("file") }, [input])
      ],
      value: function () { return input.files.length ? read(input.files[0]) : sample; }
    };
  }

  function choice(ask) {
    var rows = ask.rows.map(function (row, at) {
      var input = make("input", { type: ask.multiple ? "checkbox" : "radio", name: "row", value: row.key });
      input.checked = !ask.multiple && at === 0 && !ask.searched;
      return make("label", { "data-testid": "picker-row", "data-key": row.key }, [
        input, make("span", { text: row.name + " " }, [make("small", { text: row.note || "" })])
      ]);
    });
    var list = make("div", { class: "list" }, rows);
    var search = make("input", { type: "search", "aria-label": say("find"), placeholder: say("find"), "data-testid": "picker-search" });
    search.addEventListener("input", function () {
      rows.forEach(function (row) {
        row.hidden = row.textContent.toLowerCase().indexOf(search.value.trim().toLowerCase()) < 0;
      });
    });
    return {
      parts: ask.searched ? [search, list] : [list],
      value: function () {
        return Array.prototype.map.call(list.querySelectorAll("input:checked"), function (input) { return input.value; });
      }
    };
  }

  var KINDS = { scan: scan, camera: picture, album: picture, place: choice, people: choice, departments: choice };

  function pick(ask) {
    return new Promise(function (resolve) {
      var question = KINDS[ask.kind](ask);
      var host = make("div", { "data-testid": "picker", "data-kind": ask.kind });
      var cancel = make("button", { type: "button", class: "quiet", "data-testid": "picker-cancel", text: say("cancel") });
      var form = make("form", { role: "dialog", "aria-modal": "true", "aria-label": ask.title || say(ask.kind) },
        [make("h2", { text: ask.title || say(ask.kind) })].concat(question.parts, [
          make("div", { class: "end" }, [cancel, make("button", { "data-testid": "picker-ok", text: say("ok") })])
        ]));
      var sheet = new CSSStyleSheet(), before = document.activeElement;
      function end(value) { host.remove(); if (before && before.focus) { before.focus(); } resolve(value); }
      sheet.replaceSync(STYLE);
      form.addEventListener("submit", function (event) { event.preventDefault(); end(question.value()); });
      cancel.addEventListener("click", function () { end(null); });
      // The page below hears nothing of what happens here.
      ["keydown", "keypress", "keyup", "click", "mousedown", "input", "change", "focusin"].forEach(function (name) {
        host.addEventListener(name, function (event) {
          event.stopPropagation();
          if (event.key === "Escape" && name === "keydown") { end(null); }
        });
      });
      var shadow = host.attachShadow({ mode: "open" });
      shadow.adoptedStyleSheets = [sheet];
      shadow.appendChild(form);
      document.body.appendChild(host);
      form.querySelector("input:not([type=file])" + (ask.kind === "place" ? ":checked" : "") + ", button").focus();
    });
  }

  Object.defineProperty(window, "__dingtalkSimulatorPick", { value: pick, configurable: true });
}());
