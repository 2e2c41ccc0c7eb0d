/* Copyright 2026 DingTalk for Odoo contributors
   License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl.html). */
/* Signing in: the block on Odoo's login page and the pages inside DingTalk. Plain
   script without a bundle, so that it works in every series. */
(function () {
    "use strict";

    var SLOW = 2000; // milliseconds between two questions about a code
    var QUICK = 500; // once it was scanned
    var SCRIPT_WAIT = 6000; // milliseconds for a script of DingTalk
    // Messages of DingTalk's widget when it cannot show its code, and of its page when
    // the person refused.
    var NOT_SHOWN = ["Missing parameters", "Element not found", "Browser not support"];
    var REFUSED = "access_denied";
    // A screen this narrow is a phone's, which cannot scan itself.
    var PHONE = "(max-width: 600px)";
    var NO_SUCH_APP = 3; // of the JSAPI: the page's address is that of no application

    function each(nodes, call) {
        Array.prototype.forEach.call(nodes, call);
    }

    function encode(values) {
        return Object.keys(values).map(function (name) {
            return encodeURIComponent(name) + "=" + encodeURIComponent(values[name] || "");
        }).join("&");
    }

    // Ask this Odoo; call(values) always comes, with a text when something is wrong.
    function ask(method, path, values, call) {
        var request = new XMLHttpRequest();
        var query = encode(values);
        var answered = false;
        function answer(found) {
            if (!answered) {
                answered = true;
                call(found);
            }
        }
        request.open(method, method === "GET" ? path + "?" + query : path);
        request.timeout = 30000;
        request.onload = function () {
            var found;
            try {
                found = JSON.parse(request.responseText);
            } catch (error) {
                found = { lost: true };
            }
            answer(found);
        };
        request.onerror = request.ontimeout = function () {
            answer({ lost: true });
        };
        if (method === "POST") {
            request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
            request.send(query);
        } else {
            request.send();
        }
    }

    function load(address, done, failed) {
        var script = document.createElement("script");
        var over = false;
        function end(call) {
            return function () {
                if (!over) {
                    over = true;
                    call();
                }
            };
        }
        script.onload = end(done);
        script.onerror = end(failed);
        window.setTimeout(end(failed), SCRIPT_WAIT);
        script.src = address;
        document.head.appendChild(script);
    }

    function inDingTalk() {
        return /DingTalk/i.test(navigator.userAgent) || window.parent !== window;
    }

    // -- the pages inside DingTalk ---------------------------------------------------

    function show(box, name, text) {
        each(box.querySelectorAll("[class^=o_dingding_]"), function (node) {
            if (node.parentNode === box) {
                node.hidden = !node.classList.contains("o_dingding_" + name);
            }
        });
        if (text !== undefined) {
            box.querySelector(".o_dingding_" + name).textContent = text;
        }
    }

    // Call call(code, CorpId) with the code of the first organisation that the person of
    // this DingTalk is in.
    function withCode(box, call) {
        var corps = [{
            corp_id: box.getAttribute("data-corp-id"),
            client_id: box.getAttribute("data-client-id")
        }].concat(JSON.parse(box.getAttribute("data-others") || "[]"));
        var foreign = true;
        // A signed-in user continues; only another person would have to sign in.
        var here = box.getAttribute("data-here");
        function outside() {
            if (here) {
                window.location.replace(here);
                return;
            }
            show(box, "outside");
        }
        function failed(error) {
            // That another organisation has no such page says nothing.
            foreign = foreign && Boolean(error) && Number(error.errorCode) === NO_SUCH_APP;
            if (corps.length) {
                begin();
            } else if (here) {
                outside();
            } else {
                show(box, foreign ? "foreign" : "silent");
            }
        }
        function begin() {
            var dd = window.dd || {};
            var old = dd.runtime && dd.runtime.permission;
            var corp = corps.shift();
            var told = false; // a client may answer in several ways
            var answer;
            function once(result) {
                if (!told && result && result.code) {
                    told = true;
                    call(result.code, corp.corp_id);
                }
            }
            function refused(error) {
                if (!told) {
                    told = true;
                    failed(error);
                }
            }
            var asked = {
                corpId: corp.corp_id,
                clientId: corp.client_id,
                onSuccess: once,
                success: once,
                onFail: refused,
                fail: refused
            };
            if (old && old.requestAuthCode) {
                answer = old.requestAuthCode(asked);
            } else if (dd.requestAuthCode) {
                answer = dd.requestAuthCode(asked);
            } else {
                outside();
            }
            if (answer && answer.then) {
                answer.then(once, refused);
            }
        }
        if (!inDingTalk()) {
            outside();
            return;
        }
        load(box.getAttribute("data-script"), function () {
            var dd = window.dd || {};
            if (dd.env && dd.env.platform === "notInDingTalk") {
                outside();
            } else if (dd.ready) {
                dd.ready(begin);
            } else {
                begin();
            }
        }, outside);
    }

    function inside(box) {
        withCode(box, function (code, corp) {
            ask("POST", "/dingding/signin/inside/code", {
                ticket: box.getAttribute("data-ticket"),
                csrf_token: box.getAttribute("data-csrf"),
                code: code,
                corp: corp
            }, function (found) {
                if (found.lost) {
                    show(box, "silent");
                } else if (found.text) {
                    show(box, "text", found.text);
                } else {
                    window.location.replace(found.path);
                }
            });
        });
    }

    function confirm(box) {
        var values = {
            ticket: box.getAttribute("data-ticket"),
            csrf_token: box.getAttribute("data-csrf")
        };
        withCode(box, function (code) {
            values.code = code;
            ask("POST", "/dingding/signin/qr/seen", values, function (found) {
                if (found.lost) {
                    show(box, "silent");
                    return;
                }
                if (found.text) {
                    show(box, "text", found.text);
                    return;
                }
                each(box.querySelectorAll("[data-value]"), function (node) {
                    node.textContent = found[node.getAttribute("data-value")];
                });
                show(box, "question");
            });
        });
        each(box.querySelectorAll("[data-decision]"), function (button) {
            button.addEventListener("click", function () {
                delete values.code;
                values.decision = button.getAttribute("data-decision");
                each(box.querySelectorAll("button"), function (node) {
                    node.disabled = true;
                });
                ask("POST", "/dingding/signin/qr/decide", values, function (found) {
                    if (found.lost) {
                        show(box, "silent");
                    } else if (found.text) {
                        show(box, "text", found.text);
                    } else {
                        show(box, values.decision === "agree" ? "agreed" : "refused");
                    }
                });
            });
        });
    }

    // -- the login page --------------------------------------------------------------

    // Pages of websites keep the form small, each theme in its own way.
    function fit(root) {
        var form = root.parentNode.querySelector("form");
        if (form && form.offsetWidth && form.offsetWidth < root.offsetWidth) {
            root.style.maxWidth = form.offsetWidth + "px";
            root.style.marginLeft = root.style.marginRight = "auto";
        }
    }

    function block(root) {
        var panel = root.querySelector(".o_dingding_panel");
        var code = panel.querySelector(".o_dingding_code");
        var renew = panel.querySelector(".o_dingding_renew");
        var turn = 0; // what belongs to an older code is not listened to
        var ticket = "";
        var again = null;

        function post(path, values, call) {
            values.csrf_token = root.getAttribute("data-csrf");
            ask("POST", "/dingding/signin/" + path, values, call);
        }

        function say(name, text) {
            each(panel.querySelectorAll("[data-text]"), function (node) {
                node.hidden = node.getAttribute("data-text") !== name;
                if (!node.hidden && text !== undefined) {
                    node.textContent = text;
                }
            });
            renew.hidden = name === "new" || name === "seen";
            if (!renew.hidden) {
                code.textContent = "";
            }
            panel.setAttribute("data-state", name);
        }

        function chosen(ways) {
            return {
                corp: ways.getAttribute("data-corp"),
                redirect: root.getAttribute("data-redirect")
            };
        }

        function watch(mine) {
            ask("GET", "/dingding/signin/qr/state", { ticket: ticket }, function (found) {
                if (mine !== turn) {
                    return;
                }
                if (found.lost) {
                    window.setTimeout(watch, SLOW, mine);
                } else if (found.text) {
                    say("failed", found.text);
                } else if (found.state === "new" || found.state === "seen") {
                    say(found.state);
                    window.setTimeout(watch, found.state === "new" ? SLOW : QUICK, mine);
                } else if (found.state === "agreed") {
                    post("qr/done", { ticket: ticket }, function (last) {
                        if (last.lost) {
                            say("lost");
                        } else if (last.text) {
                            say("failed", last.text);
                        } else {
                            window.location.assign(last.path);
                        }
                    });
                } else {
                    say(found.state === "refused" ? "refused" : "expired");
                }
            });
        }

        // Withdraw the code that nobody will scan.
        function leave() {
            if (ticket) {
                post("qr/cancel", { ticket: ticket }, function () {});
                ticket = "";
            }
        }

        // Offer the other ways only: the code of this one can be seen.
        function offer(ways, way) {
            each(root.querySelectorAll("button[data-way]"), function (button) {
                button.hidden = ways !== null && ways.contains(button)
                    && button.getAttribute("data-way") === way;
            });
        }

        function own(ways) {
            var mine = (turn += 1);
            again = function () { own(ways); };
            offer(ways, "qr");
            panel.hidden = false;
            code.textContent = "";
            post("qr/new", chosen(ways), function (found) {
                var image;
                if (mine !== turn) {
                    return;
                }
                if (found.lost || found.text) {
                    say(found.lost ? "lost" : "failed", found.text);
                    return;
                }
                ticket = found.ticket;
                image = document.createElement("img");
                image.alt = panel.querySelector("[data-text=new]").textContent;
                image.src = found.image;
                image.setAttribute("data-link", found.link);
                code.appendChild(image);
                say("new");
                window.setTimeout(watch, SLOW, mine);
            });
        }

        // byItself: nobody has pressed a button, so nobody is led away either.
        function widget(ways, byItself) {
            var mine = (turn += 1);
            again = function () { widget(ways); };
            function fallback() {
                if (mine === turn && byItself) {
                    panel.hidden = true;
                    offer(null);
                } else if (mine === turn) {
                    window.location.assign(ways.getAttribute("data-fallback"));
                }
            }
            offer(ways, "widget");
            panel.hidden = false;
            code.textContent = "";
            load(ways.getAttribute("data-widget"), function () {
                if (!window.DTFrameLogin) {
                    fallback();
                    return;
                }
                post("widget", chosen(ways), function (found) {
                    var gone = false;
                    if (mine !== turn) {
                        return;
                    }
                    if (found.lost || found.text) {
                        say(found.lost ? "lost" : "failed", found.text);
                        return;
                    }
                    say("new");
                    window.DTFrameLogin({ id: code.id, width: 300, height: 300 }, {
                        redirect_uri: encodeURIComponent(found.redirect_uri),
                        client_id: found.client_id,
                        scope: "openid",
                        response_type: "code",
                        state: found.state,
                        prompt: "consent"
                    }, function (result) {
                        // It may call more than once.
                        if (!gone && mine === turn) {
                            gone = true;
                            window.location.assign("/dingding/signin/oauth2/return?" + encode({
                                authCode: result.authCode, state: result.state
                            }));
                        }
                    }, function (error) {
                        // A text or an object, both were seen.
                        var text = String(error && (
                            error.errorCode || error.errorMessage || error.message
                        ) || error);
                        if (mine !== turn) {
                            return;
                        }
                        if (NOT_SHOWN.indexOf(text) >= 0) {
                            fallback();
                        } else {
                            say(text === REFUSED ? "cancelled" : "denied");
                        }
                    });
                });
            }, fallback);
        }

        each(root.querySelectorAll(".o_dingding_ways"), function (ways) {
            each(ways.querySelectorAll("button[data-way]"), function (button) {
                button.addEventListener("click", function () {
                    leave();
                    (button.getAttribute("data-way") === "qr" ? own : widget)(ways);
                });
            });
        });
        renew.addEventListener("click", function () { again(); });
        panel.querySelector(".o_dingding_cancel").addEventListener("click", function () {
            turn += 1;
            panel.hidden = true;
            offer(null);
            code.textContent = "";
            leave();
        });
        begin(root, function (ways, way) {
            (way === "qr" ? own : widget)(ways, true);
        });
    }

    // Show the code of the only organisation at once; on a phone the page of DingTalk,
    // which opens the app, comes first.
    function begin(root, show) {
        var all = root.querySelectorAll(".o_dingding_ways");
        var phone = window.matchMedia && window.matchMedia(PHONE).matches;
        each(all, function (ways) {
            var first = ways.querySelector(".o_dingding_first");
            var page = ways.querySelector("a[data-way=oauth2]");
            var others = ways.querySelector(".o_dingding_others");
            var style;
            if (phone && page && page !== first) {
                ways.insertBefore(page, first);
                // They change places.
                style = page.className;
                page.className = first.className;
                first.className = style;
                others.appendChild(first);
            } else if (all.length === 1 && first.tagName === "BUTTON") {
                show(ways, first.getAttribute("data-way"));
            }
        });
    }

    // A phone that had to name its database at the login page goes on to its page.
    function onwards() {
        var found = /[?&]redirect=([^&]*)/.exec(window.location.search);
        var path = "";
        try {
            path = found ? decodeURIComponent(found[1].replace(/\+/g, " ")) : "";
        } catch (error) {
            return false; // not encoded as addresses are
        }
        if (/^\/dingding\/signin\/(inside|qr\/open)\?[A-Za-z0-9=&%._-]*$/.test(path)) {
            window.location.replace(path);
            return true;
        }
        return false;
    }

    function start() {
        var found = document.getElementById("dingding_inside");
        if (found) {
            inside(found);
            return;
        }
        found = document.getElementById("dingding_confirm");
        if (found) {
            confirm(found);
            return;
        }
        if (window.location.pathname === "/web/login" && onwards()) {
            return;
        }
        found = document.querySelector(".o_dingding_signin");
        if (found) {
            fit(found);
            block(found);
        }
    }

    if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", start);
    } else {
        start();
    }
})();
