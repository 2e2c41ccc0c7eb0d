// DingTalk for a mini-program, as far as its documents say: pages, `dd`, and
// requests that really leave. Driven by lines of JSON, see main.js.
'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');

const axml = require('./axml.js');

// How DingTalk draws what the mini-program gives no style.
const STYLE = `
  body { font-family: sans-serif; margin: 0; }
  .bar { background: #fff; font-size: 17px; font-weight: 600; line-height: 44px;
         text-align: center; border-bottom: 1px solid #eceded; }
  pre { font: inherit; margin: 0; white-space: pre-wrap; }
  button { background: #fff; border: 1px solid #d8d9db; border-radius: 8px;
           color: inherit; font-size: 17px; width: 100%; }
  button[type=primary] { background: #007fff; border-color: #007fff; color: #fff; }
  input { background: none; border: 0; box-sizing: border-box; font: inherit;
          width: 100%; }
`;
const DEEPEST = 5; // pages that may lie upon each other
// https://open.dingtalk.com/document/development/jsapi-http-request
const NOT_ALLOWED = 11, NETWORK = 12, TIMEOUT = 13, DECODE = 14, STATUS = 19;

class Container {
  // options: folder; config (values in place of those of config.js); domains (hosts
  // that may be called); userid, corpId, codes (address that gives a code for a
  // person); language
  constructor(options) {
    this.options = options;
    this.app = JSON.parse(this.read('app.json'));
    this.stack = [];
    this.pending = 0;
    this.http = [];
    this.said = [];
    this.scanned = null;
    this.answer = true;
    this.modules = {};
    this.markup = {};
  }

  read(name) {
    return fs.readFileSync(path.join(this.options.folder, name), 'utf8');
  }

  // -- code -----------------------------------------------------------------------

  require(from, name) {
    const file = path.posix.join(path.posix.dirname(from), name);
    if (!(file in this.modules)) {
      const module = { exports: {} };
      this.modules[file] = module;
      this.run(file, module);
      if (file === 'config.js') {
        Object.assign(module.exports, this.options.config);
      }
    }
    return this.modules[file].exports;
  }

  run(file, module = { exports: {} }) {
    let registered = null;
    const register = (options) => {
      registered = options;
    };
    const work = new Function(
      'require', 'module', 'exports', 'dd', 'App', 'Page', 'getApp',
      `'use strict';${this.read(file)}\n//# sourceURL=${file}`);
    work(
      (name) => this.require(file, name), module, module.exports, this.dd(), register,
      register, () => this.instance);
    return registered;
  }

  launch() {
    const options = this.run('app.js');
    this.instance = Object.assign({ globalData: {} }, options);
    if (options.onLaunch) {
      this.instance.onLaunch({});
    }
    this.open(this.app.pages[0], {});
  }

  // -- pages ------------------------------------------------------------------------

  open(name, query) {
    if (!this.app.pages.includes(name)) {
      throw new Error(`${name} is not in app.json`);
    }
    if (this.stack.length >= DEEPEST) {
      throw new Error('Too many pages lie upon each other');
    }
    const options = this.run(`${name}.js`);
    const page = Object.assign({}, options);
    page.data = JSON.parse(JSON.stringify(options.data || {}));
    page.setData = (values) => {
      // As over a bridge: functions and dates do not survive.
      Object.assign(page.data, JSON.parse(JSON.stringify(values)));
    };
    page.route = name;
    page.title = this.app.window.defaultTitle;
    this.markup[name] = this.markup[name] || axml.parse(this.read(`${name}.axml`));
    this.stack.push(page);
    if (page.onLoad) {
      page.onLoad(query);
    }
    if (page.onShow) {
      page.onShow();
    }
  }

  get page() {
    return this.stack[this.stack.length - 1];
  }

  shown() {
    return axml.render(this.markup[this.page.route], this.page.data);
  }

  // -- what a person does ------------------------------------------------------------

  fire(handler, text, detail) {
    const found = axml.find(this.shown(), handler, text);
    if (!found.length) {
      throw new Error(`Nothing to ${handler} with "${text}"`);
    }
    const node = found[0];
    if (node.attribs.disabled) {
      throw new Error(`"${text}" is disabled`);
    }
    const target = { dataset: node.dataset };
    this.page[node.attribs[handler]]({
      type: handler, target, currentTarget: target, detail: detail || {},
    });
  }

  back() {
    this.stack.pop();
    if (this.page.onShow) {
      this.page.onShow();
    }
  }

  // -- dd ---------------------------------------------------------------------------

  dd() {
    const later = (work) => {
      this.pending += 1;
      setTimeout(() => {
        try {
          work();
        } catch (error) {
          this.failed = error;
        }
        this.pending -= 1;
      }, 0);
    };
    const say = (kind) => (params) => {
      this.said.push({ kind, text: params.content });
      later(() => params.success && params.success({}));
    };
    return {
      corpId: this.options.corpId,
      getSystemInfoSync: () => ({ language: this.options.language, platform: 'Android' }),
      getAuthCode: (params) => this.authCode(params, later),
      httpRequest: (params) => this.request(params, later),
      scan: (params) => later(() => (
        this.scanned === null ? params.fail && params.fail({ error: 11 })
          : params.success({ code: this.scanned }))),
      alert: say('alert'),
      showToast: say('toast'),
      confirm: (params) => {
        this.said.push({ kind: 'confirm', text: params.content });
        later(() => params.success({ confirm: this.answer }));
      },
      stopPullDownRefresh: () => {},
      setNavigationBar: (params) => {
        this.page.title = params.title;
      },
      navigateTo: (params) => {
        const [name, text] = params.url.split('?');
        const query = {};
        for (const pair of (text || '').split('&').filter(Boolean)) {
          const [key, value] = pair.split('=');
          query[key] = value;
        }
        later(() => this.open(name.replace(/^\//, ''), query));
      },
      openLink: (params) => this.said.push({ kind: 'link', text: params.url }),
    };
  }

  authCode(params, later) {
    if (params.corpId !== this.options.corpId) {
      later(() => params.fail && params.fail({ error: 3 }));
      return;
    }
    this.send('POST', this.options.codes, { 'Content-Type': 'application/json' },
      JSON.stringify({ kind: 'inside', userid: this.options.userid }),
      (status, text) => {
        if (status === 200) {
          params.success({ authCode: JSON.parse(text).code });
        } else if (params.fail) {
          params.fail({ error: 3 });
        }
      },
      () => params.fail && params.fail({ error: 3 }));
  }

  request(params, later) {
    const fail = (error) => params.fail && params.fail({ error, errorMessage: `error ${error}` });
    const method = params.method || 'GET';
    const headers = Object.assign(
      { 'Content-Type': 'application/x-www-form-urlencoded' }, params.headers);
    if (!['GET', 'POST'].includes(method)) {
      throw new Error(`dd.httpRequest has no ${method}`);
    }
    if (headers['Content-Type'] === 'application/json' && params.data !== undefined
        && typeof params.data !== 'string') {
      throw new Error('With application/json the data have to be a text');
    }
    const url = new URL(params.url);
    if (!this.options.domains.includes(url.host)) {
      later(() => fail(NOT_ALLOWED));
      return;
    }
    this.send(method, params.url, headers, params.data, (status, text) => {
      let payload = text;
      try {
        payload = JSON.parse(text);
      } catch (error) {
        fail(DECODE);
        return;
      }
      // Its own copy: the mini-program may change what it was given.
      this.http.push({ method, path: url.pathname, status, payload: JSON.parse(text) });
      if (status !== 200) {
        // The body is not handed over.
        fail(STATUS);
      } else if (params.success) {
        params.success({ data: payload, status, headers: {} });
      }
    }, (timeout) => fail(timeout ? TIMEOUT : NETWORK), params.timeout || 30000);
  }

  send(method, address, headers, data, success, fail, timeout = 30000) {
    this.pending += 1;
    let over = false;
    const end = (work) => {
      if (!over) {
        over = true;
        try {
          work();
        } catch (error) {
          this.failed = error;
        }
        this.pending -= 1;
      }
    };
    const request = http.request(address, { method, headers, agent: false, timeout }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => end(
        () => success(answer.statusCode, Buffer.concat(chunks).toString('utf8'))));
    });
    request.on('timeout', () => end(() => fail(true)));
    request.on('error', () => end(() => fail(false)));
    request.end(data);
  }

  // Return the page on top as a browser can draw it.
  html() {
    const own = `${this.page.route}.acss`;
    const exists = fs.existsSync(path.join(this.options.folder, own));
    const styles = this.read('app.acss') + (exists ? this.read(own) : '');
    return `<!DOCTYPE html><meta charset="utf-8">`
      + `<meta name="viewport" content="width=device-width"><style>${STYLE}`
      + `${styles.replace(/^page\b/gm, 'body')}</style><div class="bar">`
      + `${axml.html([this.page.title])}</div>${axml.html(this.shown())}`;
  }

  // -- what is to be seen ------------------------------------------------------------

  // Return a promise of the state once nothing is going on.
  async settled() {
    for (let quiet = 0; quiet < 3;) {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
      quiet = this.pending ? 0 : quiet + 1;
    }
    if (this.failed) {
      throw this.failed;
    }
    const seen = {
      page: this.page.route,
      title: this.page.title,
      lines: axml.lines(this.shown()),
      html: this.html(),
      said: this.said.splice(0),
      http: this.http.splice(0),
    };
    return seen;
  }
}

module.exports = { Container };
