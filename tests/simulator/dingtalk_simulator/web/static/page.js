/* Copyright 2026 DingTalk for Odoo contributors. License LGPL-3.0 or later.
 *
 * Behaviour of pages beyond plain HTML: links and searches that exchange a part of the page,
 * parts that stay up to date, forms that go to the control API, small helpers.
 *
 *   [data-part]      is exchanged when a link [data-nav] in it is followed
 *   [data-live]      is exchanged when the server says that it is stale
 *   form[data-api]   sends JSON to the control API; see `bodyOf` for the fields
 *   form[data-search="#part"]  searches while one types
 */
"use strict";
(function () {
  var words = JSON.parse(document.getElementById("words").textContent);
  var body = document.body;

  function t(text) { return words[text] || text; }
  function all(selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); }

  function toast(text, bad) {
    var box = document.createElement("div");
    box.className = "toast" + (bad ? " bad" : "");
    box.dataset.testid = bad ? "toast-error" : "toast";
    box.textContent = text;
    var place = document.getElementById("toasts");
    place.appendChild(box);
    // Stays when the box has gone, for tests on a busy machine.
    place.dataset.last = bad ? "error" : "done";
    place.dataset.said = text;
    setTimeout(function () { box.remove(); }, bad ? 8000 : 2500);
  }

  // Exchanging parts of the page

  function load(url) {
    return fetch(url, { headers: { "X-Requested-With": "page" }, credentials: "same-origin" }).then(function (answer) {
      return answer.text().then(function (text) {
        return { ok: answer.ok, document: new DOMParser().parseFromString(text, "text/html") };
      });
    });
  }

  function exchange(old, fresh) {
    var opened = all("details[open]", old).map(function (each) { return keyOf(each); });
    var active = old.contains(document.activeElement) ? document.activeElement : null;
    var mark = active && (active.id ? "#" + CSS.escape(active.id)
      : active.getAttribute("href") ? "a[href=" + JSON.stringify(active.getAttribute("href")) + "]" : "");
    var copy = document.importNode(fresh, true);
    old.replaceWith(copy);
    all("details", copy).forEach(function (each) { if (opened.indexOf(keyOf(each)) >= 0) { each.open = true; } });
    var again = mark && copy.querySelector(mark);
    if (again) { again.focus({ preventScroll: true }); }
    settle(copy);
    return copy;
  }

  function keyOf(details) {
    var summary = details.querySelector("summary");
    return details.id || (summary ? summary.textContent : "");
  }

  function outermost(element) {
    var part = null;
    for (var each = element.closest("[data-part]"); each; each = each.parentElement && each.parentElement.closest("[data-part]")) {
      part = each;
    }
    return part;
  }

  var going = 0;
  function go(url, ids, options) {
    var mine = ++going;
    options = options || {};
    // Input until then is lost.
    body.dataset.going = "on";
    return load(url).then(function (answer) {
      if (mine !== going) { return; }
      delete body.dataset.going;
      var found = ids.map(function (id) { return [document.getElementById(id), answer.document.getElementById(id)]; });
      if (!found.length || found.some(function (pair) { return !pair[0] || !pair[1]; })) {
        location.href = url;
        return;
      }
      if (options.push) {
        history.replaceState({ scroll: scrolled() }, "");
        history.pushState({}, "", url);
      } else if (options.replace) {
        history.replaceState(history.state, "", url);
      }
      document.title = answer.document.title;
      var before = scrolled();
      found.forEach(function (pair) { exchange(pair[0], pair[1]); });
      if (options.keepScroll) { scrollTo_(before); }
      if (options.scroll !== undefined) { scrollTo_(options.scroll); }
      if (options.push && !options.keepScroll) {
        var main = document.querySelector("#phone-main, #main");
        if (main && !(main.contains(document.activeElement))) { main.focus({ preventScroll: true }); }
        if (!document.getElementById("phone-main")) { window.scrollTo(0, 0); }
      }
      tellPlace();
    });
  }

  function scroller() { return document.getElementById("phone-main") || document.scrollingElement; }
  function scrolled() { return scroller().scrollTop; }
  function scrollTo_(place) { scroller().scrollTop = place; }
  function partIds() {
    return all("[data-part]").filter(function (each) { return outermost(each) === each; }).map(function (each) { return each.id; });
  }

  // The language links must lead to the page that is now shown.
  function tellPlace() {
    all(".languages a").forEach(function (link) {
      var lang = new URL(link.href).searchParams.get("lang");
      var url = new URL(location.href);
      url.searchParams.set("lang", lang);
      link.href = url.pathname + url.search;
    });
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-nav]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) { return; }
    var part = outermost(link);
    if (!part) { return; }
    event.preventDefault();
    clearTimeout(typing);
    if (link.hasAttribute("data-back") && history.state && history.state.inside) {
      history.back();
      return;
    }
    go(link.href, [part.id], { push: true, keepScroll: link.hasAttribute("data-keep-scroll") }).then(function () {
      history.replaceState({ inside: true }, "");
    });
  });

  window.addEventListener("popstate", function (event) {
    go(location.href, partIds(), { scroll: event.state && event.state.scroll || 0 });
  });

  // Search while typing

  var typing;
  document.addEventListener("input", function (event) {
    var form = event.target.closest("form[data-search]");
    if (!form) { return; }
    clearTimeout(typing);
    typing = setTimeout(function () { search(form); }, 180);
  });
  document.addEventListener("submit", function (event) {
    var form = event.target.closest("form[data-search]");
    if (!form) { return; }
    event.preventDefault();
    clearTimeout(typing);
    search(form);
  });
  function search(form) {
    var url = new URL(form.action, location.href);
    new FormData(form).forEach(function (value, name) { if (value !== "") { url.searchParams.set(name, value); } });
    go(url.pathname + url.search, [form.dataset.search.slice(1)], { replace: true });
  }

  // Staying up to date

  var busy = false, again = false, lastLive = {};
  function refresh() {
    if (busy) { again = true; return; }
    var parts = all("[data-live]");
    if (!parts.length) { return; }
    busy = true;
    var url = location.href, mine = going;
    load(url).then(function (answer) {
      if (mine !== going || url !== location.href) { return; }
      if (!answer.ok) { location.reload(); return; }
      all("[data-live]").forEach(function (old) {
        var fresh = answer.document.getElementById(old.id);
        if (!fresh) { return; }
        var html = fresh.outerHTML;
        if (lastLive[url + old.id] === html) { return; }
        var active = document.activeElement;
        if (old.contains(active) && /^(INPUT|SELECT|TEXTAREA)$/.test(active.tagName)) { again = true; return; }
        if (all(".playing", old).length) { again = true; return; }
        // A button that is being pressed, and what was typed beside it.
        if (all(":active", old).length) { again = true; return; }
        lastLive = {};
        lastLive[url + old.id] = html;
        if (fresh.isEqualNode(old)) { return; }
        exchange(old, fresh);
      });
    }).catch(function () {
      again = true;  // the server is away, or the network
    }).then(function () {
      busy = false;
      if (again) { again = false; setTimeout(refresh, 500); }
    });
  }

  function listen() {
    var kinds = body.dataset.liveKinds;
    if (!kinds) { return; }
    var query = new URLSearchParams({ kinds: kinds, corp: body.dataset.corp || "", userid: body.dataset.userid || "" });
    var polling;
    var source = new EventSource("/_web/events?" + query);
    source.addEventListener("ready", function () {
      clearInterval(polling);
      polling = null;
      body.dataset.live = "on";
      refresh();
    });
    source.addEventListener("stale", function (event) {
      if (JSON.parse(event.data).kinds.indexOf("reset") >= 0) { location.reload(); return; }
      refresh();
    });
    source.addEventListener("error", function () {
      body.dataset.live = "off";
      if (!polling) { polling = setInterval(refresh, 1000); }
    });
    window.addEventListener("pagehide", function () { source.close(); });
    window.addEventListener("pageshow", function (event) { if (event.persisted) { location.reload(); } });
  }

  // The control API

  function control(method, url, data) {
    return fetch(url, {
      method: method, credentials: "same-origin",
      headers: data === undefined ? {} : { "Content-Type": "application/json" },
      body: data === undefined ? undefined : JSON.stringify(data)
    }).then(function (answer) {
      return answer.json().catch(function () { return {}; }).then(function (found) {
        if (!answer.ok) { throw new Error(found.error || answer.status); }
        return found;
      });
    });
  }

  function put(target, path, value) {
    var names = path.split(".");
    names.slice(0, -1).forEach(function (name) { target = target[name] = target[name] || {}; });
    target[names[names.length - 1]] = value;
  }

  // A suggestion is "id name": what counts stands before the blank.
  function picked(text) { return text.trim().split(/\s+/)[0]; }

  function valueOf(field) {
    var text = field.value;
    switch (field.dataset.type) {
    case "int": return text.trim() === "" ? null : parseInt(text, 10);
    case "number": return text.trim() === "" ? null : Number(text);
    case "null": return text === "" ? null : text;
    case "bool": return field.checked;
    case "lines": return text.split(/\n/).map(function (line) { return line.trim(); }).filter(Boolean);
    case "ids": return text.split(/[\s,，]+/).filter(Boolean).map(Number);
    case "userids": return text.split(/[\s,，]+/).filter(Boolean);
    case "json": return JSON.parse(text);
    case "moment": return text.replace("T", " ");
    case "files": return field.chosen || [];
    case "pick": return picked(text);
    case "pick-int": return parseInt(picked(text), 10);
    case "pick-ints": return [parseInt(picked(text), 10)];
    case "day": return text ? Date.parse(text + "T00:00:00+08:00") : 0;
    default: return text;
    }
  }

  function unchanged(field) {
    if (field.type === "checkbox" || field.type === "radio") { return field.checked === field.defaultChecked; }
    if (field.tagName === "SELECT") {
      return Array.prototype.every.call(field.options, function (each) { return each.selected === each.defaultSelected; });
    }
    return field.value === field.defaultValue;
  }

  // Fields: name (dots go deeper), data-type, data-group (boxes that together make a list),
  // data-key-of (the value becomes a key of that dictionary), data-omit (left out when empty)
  function bodyOf(form) {
    var data = JSON.parse(form.dataset.base || "{}"), lists = {};
    var changedOnly = form.hasAttribute("data-changed-only");
    Array.prototype.forEach.call(form.elements, function (field) {
      if (!field.name || field.disabled || field.type === "submit" || field.type === "button") { return; }
      if (field.dataset.group !== undefined) {
        lists[field.name] = lists[field.name] || [];
        if (field.checked) { lists[field.name].push(field.value); }
        put(data, field.name, lists[field.name]);
        return;
      }
      if (field.type === "radio" && !field.checked) { return; }
      if (changedOnly && unchanged(field)) { return; }
      if (field.dataset.omit !== undefined && field.value === "") { return; }
      var value = valueOf(field);
      if (typeof value === "number" && isNaN(value)) {
        throw new Error(t("This is not a number:") + " " + field.value);
      }
      if (field.dataset.keyOf) {
        put(data, field.dataset.keyOf + "." + value, 1);
        if (field.dataset.also) { put(data, field.dataset.also, value); }
        return;
      }
      put(data, field.name, value);
    });
    return data;
  }

  function ask(text) {
    var dialog = document.getElementById("confirm");
    if (!dialog || !dialog.showModal) { return Promise.resolve(window.confirm(text)); }
    dialog.querySelector("[data-text]").textContent = text;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise(function (resolve) {
      dialog.addEventListener("close", function () { resolve(dialog.returnValue === "yes"); }, { once: true });
    });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target.closest("form[data-api]");
    if (!form) { return; }
    event.preventDefault();
    var data;
    try {
      data = form.dataset.api === "DELETE" ? undefined : bodyOf(form);
      // A form with several buttons says which one was pressed.
      if (data && event.submitter && event.submitter.name) { put(data, event.submitter.name, event.submitter.value); }
    } catch (error) {
      toast(error.message, true);
      return;
    }
    var first = form.dataset.confirm ? ask(form.dataset.confirm) : Promise.resolve(true);
    first.then(function (yes) {
      if (!yes) { return; }
      all("button", form).forEach(function (each) { each.disabled = true; });
      return control(form.dataset.api, form.getAttribute("action"), data).then(function (answer) {
        var done = form.dataset.done || t("Done");
        var dialog = form.closest("dialog");
        if (dialog) { dialog.close(); }
        var next = form.dataset.go;
        if (next) {
          next = next.replace(/\{(\w+)\}/g, function (_all, name) { return encodeURIComponent(answer[name]); });
          return go(next, partIds(), { push: true }).then(function () { toast(done); });
        }
        if (form.dataset.reload !== undefined) {
          sessionStorage.setItem("toast", done);
          location.reload();
          return;
        }
        return go(location.href, partIds(), { keepScroll: true }).then(function () { toast(done); });
      }).catch(function (error) {
        toast(t("Refused:") + " " + error.message, true);
      }).then(function () {
        all("button", form).forEach(function (each) { each.disabled = false; });
      });
    });
  });

  // Dialogs

  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-dialog]");
    if (opener) {
      var dialog = document.querySelector(opener.dataset.dialog);
      dialog.showModal();
      var field = dialog.querySelector("input:not([type=hidden]), select, textarea");
      if (field) { field.focus(); if (field.select) { field.select(); } }
      return;
    }
    var closer = event.target.closest("[data-close]");
    if (closer) { closer.closest("dialog").close(closer.value); }
  });

  // Files: their contents go along as base64, so a form waits until they are read

  document.addEventListener("change", function (event) {
    var field = event.target;
    if (!field.matches("input[type=file][data-type=files]")) { return; }
    field.chosen = [];
    var button = field.form.querySelector("button:not([type=button])");
    button.disabled = true;
    Promise.all(Array.prototype.map.call(field.files, function (file) {
      return new Promise(function (resolve, reject) {
        var reader = new FileReader();
        reader.onload = function () { resolve({ fileName: file.name, content: reader.result.split(",")[1] || "" }); };
        reader.onerror = reject;
        reader.readAsDataURL(file);
      });
    })).then(function (found) { field.chosen = found; }).catch(function () {
      toast(t("The file cannot be read"), true);
    }).then(function () { button.disabled = false; });
  });

  // Suggestions for departments and people

  document.addEventListener("focusin", function (event) {
    if (event.target.matches("input[data-suggest]")) { event.target.select(); }
  });

  var asking;
  document.addEventListener("input", function (event) {
    var field = event.target.closest("input[data-suggest]");
    if (!field) { return; }
    clearTimeout(asking);
    asking = setTimeout(function () {
      var url = "/_web/suggest?" + new URLSearchParams({
        kind: field.dataset.suggest, q: field.value, corp: body.dataset.corp || "" });
      fetch(url).then(function (answer) { return answer.json(); }).then(function (found) {
        var list = document.getElementById(field.getAttribute("list"));
        if (!list) { return; }
        list.textContent = "";
        found.forEach(function (each) {
          var option = document.createElement("option");
          option.value = each;
          list.appendChild(option);
        });
      });
    }, 150);
  });

  // Messages

  var told = {};
  function markRead(id) {
    if (!id || told[id]) { return; }
    told[id] = true;
    var data = body.dataset.userid ? { userid: body.dataset.userid } : {};
    return control("POST", "/_control/messages/" + id + "/read", data).then(refresh).catch(function () { delete told[id]; });
  }

  document.addEventListener("click", function (event) {
    var opens = event.target.closest("[data-opens]");
    var message = opens && opens.closest("[data-testid=message], [data-mark-read]");
    var unread = message && message.dataset.read === "false" && message.dataset.source !== "group";
    var noted = unread ? markRead(message.dataset.id) : null;
    // A phone opens links inside DingTalk; with Ctrl and its like the browser does.
    if (!opens || !body.dataset.open || !/^https?:$/.test(opens.protocol || "")) { return; }
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey) { return; }
    event.preventDefault();
    Promise.resolve(noted).then(function () {
      location.href = body.dataset.open + "&url=" + encodeURIComponent(opens.href);
    });
  });

  var player, playing;
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-play]");
    if (!button) { return; }
    if (player) { player.pause(); }
    if (playing) { playing.classList.remove("playing"); }
    if (playing === button) { playing = null; return; }
    playing = button;
    player = new Audio(button.dataset.play);
    button.classList.add("playing");
    player.addEventListener("ended", function () { button.classList.remove("playing"); playing = null; });
    player.play().catch(function () {
      button.classList.remove("playing");
      playing = null;
      toast(t("This voice message cannot be played here."), true);
    });
    var message = button.closest("[data-testid=message]");
    if (message && message.dataset.read === "false") { markRead(message.dataset.id); }
  });

  document.addEventListener("error", function (event) {
    var picture = event.target;
    if (picture.tagName !== "IMG") { return; }
    if (picture.closest(".avatar")) { picture.remove(); return; }
    if (!picture.matches("[data-picture], .markdown img")) { return; }
    lose(picture);
  }, true);
  function lose(picture) {
    var lost = document.createElement("span");
    lost.className = "picture-lost" + (picture.classList.contains("thumb") ? " thumb" : "");
    lost.dataset.testid = "picture-lost";
    lost.textContent = t("Picture not reachable");
    lost.title = picture.src;
    picture.replaceWith(lost);
  }

  // Copying

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) { return; }
    var text = button.dataset.copy;
    var done = function () { toast(t("Copied")); };
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text).then(done, function () { copyOldWay(text); done(); });
    } else {
      copyOldWay(text);
      done();
    }
  });
  function copyOldWay(text) {
    var area = document.createElement("textarea");
    area.value = text;
    document.body.appendChild(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  // After each exchange, and at the start

  function settle(root) {
    var marked = root.matches && root.matches("[data-mark-read]") ? [root] : all("[data-mark-read]", root);
    marked.forEach(function (each) { markRead(each.dataset.markRead); });
    all("img[data-picture], .markdown img", root).forEach(function (picture) {
      if (!picture.complete || picture.naturalWidth || !picture.src) { return; }
      // One that waits to be seen looks like one that failed before this script ran: ask again.
      if (picture.loading === "lazy") { picture.src = picture.getAttribute("src"); } else { lose(picture); }
    });
  }

  function tick() {
    var clock = document.getElementById("phone-clock");
    if (!clock) { return; }
    var ahead = Number(clock.dataset.now) - Date.now();
    var form = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
    setInterval(function () { clock.textContent = form.format(new Date(Date.now() + ahead)); }, 5000);
  }

  var here = document.querySelector(".side [aria-current]");
  if (here) { here.parentElement.scrollLeft = here.offsetLeft - 60; }
  if (sessionStorage.getItem("toast")) {
    toast(sessionStorage.getItem("toast"));
    sessionStorage.removeItem("toast");
  }
  settle(document.body);
  tellPlace();
  listen();
  tick();
}());
