/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* DingTalk's own functions (`dd`) in a page of this Odoo that opens inside DingTalk:

       dingding.call("biz.util.scan", { type: "all" }).then(use, tell);
       dingding.ready(["biz.util.scan"]).then(function (dd) { ... }, tell);

   Both configure DingTalk when a call needs it, once more when DingTalk refuses a
   signature that has become old, and fail with an Error whose message is a sentence for
   the person. Plain script, also for a bundle. The element that loads it may carry

       data-csrf      the token of the session; else odoo.csrf_token is taken
       data-corp      the organisation, where there are several
       data-outside, data-script, data-refused, data-lost
                      the sentences, translated */
(function () {
    "use strict";

    var CONFIG = "/dingding/jsapi/config";
    var SCRIPT_WAIT = 6000; // milliseconds for DingTalk's script
    var READY_WAIT = 10000; // milliseconds until DingTalk has checked a signature
    var me = document.currentScript;
    var WORDS = {
        outside: "Open this page inside DingTalk.",
        script: "DingTalk's script could not be loaded. Check the network and open the page again.",
        refused: "DingTalk rejects this page. Contact your administrator.",
        lost: "Odoo does not respond. Try again in a moment."
    };
    var names = []; // calls that the signature covers
    var configured = null; // the promise of the last configuration
    var told = null; // the last configuration
    var listeners = null; // called at the end of the running configuration

    function attribute(name) {
        return me && me.getAttribute("data-" + name) || "";
    }

    function failure(kind, text, cause) {
        var error = new Error(text || attribute(kind) || WORDS[kind]);
        error.kind = kind;
        error.cause = cause;
        return error;
    }

    function token() {
        return attribute("csrf") || window.odoo && window.odoo.csrf_token || "";
    }

    // DingTalk says so in the browser's name; what stands for it, by being around the
    // page or in the name of the page's window.
    function inside() {
        return /DingTalk/i.test(navigator.userAgent) || window.parent !== window ||
            /^dingtalk/i.test(window.name);
    }

    // The page's address as DingTalk sees it.
    function address() {
        return window.location.href.split("#")[0];
    }

    function ask(renew) {
        return new Promise(function (resolve, reject) {
            var request = new XMLHttpRequest();
            var values = {
                url: address(),
                apis: names.join(","),
                corp: attribute("corp"),
                renew: renew ? "1" : "",
                csrf_token: token()
            };
            request.open("POST", CONFIG);
            request.timeout = 30000;
            request.onload = function () {
                var found = null;
                try {
                    found = JSON.parse(request.responseText);
                } catch (error) {
                    // A page of an error, or of sign-in.
                }
                if (found && found.config) {
                    resolve(found);
                } else {
                    reject(failure("lost", found && found.text));
                }
            };
            request.onerror = request.ontimeout = function () {
                reject(failure("lost"));
            };
            request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
            request.send(Object.keys(values).map(function (name) {
                return encodeURIComponent(name) + "=" + encodeURIComponent(values[name]);
            }).join("&"));
        });
    }

    function load(source) {
        return new Promise(function (resolve, reject) {
            var script;
            if (window.dd && window.dd.config) {
                resolve();
                return;
            }
            script = document.createElement("script");
            script.onload = resolve;
            script.onerror = function () {
                reject(failure("script"));
            };
            window.setTimeout(script.onerror, SCRIPT_WAIT);
            script.src = source;
            document.head.appendChild(script);
        });
    }

    // dd.error keeps everybody who ever asked, so there is one listener for all.
    function listen(dd) {
        if (!listen.done) {
            listen.done = true;
            dd.error(function (error) {
                if (listeners) {
                    listeners(error);
                }
            });
        }
    }

    function apply(config) {
        return new Promise(function (resolve, reject) {
            var dd = window.dd;
            var timer = window.setTimeout(function () {
                end(reject, failure("refused"));
            }, READY_WAIT);
            function end(call, value) {
                window.clearTimeout(timer);
                listeners = null;
                call(value);
            }
            listeners = function (error) {
                end(reject, failure("refused", "", error));
            };
            listen(dd);
            dd.config(config);
            dd.ready(function () {
                end(resolve, dd);
            });
        });
    }

    function configure() {
        return ask(false).then(function (found) {
            return load(found.script).then(function () {
                told = found.config;
                return apply(found.config);
            });
        }).catch(function (error) {
            if (error.kind !== "refused" || !error.cause) {
                throw error;
            }
            // Perhaps the ticket behind the signature is an old one.
            return ask(true).then(function (found) {
                return apply(found.config);
            });
        });
    }

    function ready(apis) {
        var added = (apis || []).filter(function (name) {
            return names.indexOf(name) < 0;
        });
        if (!inside()) {
            return Promise.reject(failure("outside"));
        }
        if (configured && !added.length) {
            return configured;
        }
        names = names.concat(added);
        // One after the other: DingTalk keeps the last configuration of a page.
        var mine = (configured || Promise.resolve()).then(configure, configure);
        configured = mine;
        mine.catch(function () {
            // The next caller begins anew, unless one is waiting.
            configured = configured === mine ? null : configured;
        });
        return configured;
    }

    function call(name, params) {
        return ready([name]).then(function (dd) {
            var target = name.split(".").reduce(function (at, part) {
                return at && at[part];
            }, dd);
            if (typeof target !== "function") {
                throw failure("refused");
            }
            return new Promise(function (resolve, reject) {
                var given = params || {};
                var all = {};
                var answer;
                function no(error) {
                    reject(failure("refused", error && error.errorMessage, error));
                }
                Object.keys(given).forEach(function (key) {
                    all[key] = given[key];
                });
                all.onSuccess = all.success = resolve;
                all.onFail = all.fail = no;
                answer = target(all);
                if (answer && answer.then) {
                    answer.then(resolve, no);
                }
            });
        });
    }

    // Organisation (corpId) and application (agentId) that sign, after ready().
    function known() {
        return { corpId: told && told.corpId, agentId: told && told.agentId };
    }

    window.dingding = { ready: ready, call: call, inside: inside, known: known };
}());
