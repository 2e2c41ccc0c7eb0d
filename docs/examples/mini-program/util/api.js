// Odoo's routes for a mini-program: docs/api/mini-program.yaml.
const config = require('../config.js');
const { texts } = require('./texts.js');

// The token stays in memory: who closes the mini-program signs in anew, unseen.
let token = '';
// One sign-in for all calls that need it at the same moment.
let entering = null;

function me() {
  return getApp().globalData.me;
}

function problem(error, text, remedy) {
  return { error, text, remedy: remedy || '' };
}

// Return a promise of what Odoo answers; rejected with { error, text, remedy }.
function send(method, path, data) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  } else {
    headers['Accept-Language'] = texts(me()).hello === '你好' ? 'zh-CN' : 'en';
  }
  const sign = path.indexOf('?') < 0 ? '?' : '&';
  return new Promise((resolve, reject) => {
    dd.httpRequest({
      // Bodies of other statuses do not reach a mini-program.
      url: `${config.address}/${path}${sign}errors=200`,
      method,
      headers,
      // With this content type it has to be a text.
      data: data ? JSON.stringify(data) : undefined,
      dataType: 'json',
      timeout: 20000,
      success: (answer) => {
        const payload = answer.data;
        if (payload && payload.error) {
          reject(payload);
        } else {
          resolve(payload);
        }
      },
      fail: (failure) => {
        const key = failure.error === 11 || failure.error === 4 ? 'domain' : 'offline';
        reject(problem(key, texts(me())[key]));
      },
    });
  });
}

function authCode() {
  return new Promise((resolve, reject) => {
    dd.getAuthCode({
      corpId: config.corpId || dd.corpId,
      success: (found) => resolve(found.authCode),
      fail: () => reject(problem('code', texts(me()).noCode)),
    });
  });
}

// Sign in; return a promise of who is signed in.
function enter() {
  if (!entering) {
    token = '';
    const corp = config.corpId || dd.corpId;
    entering = authCode()
      .then((code) => send('POST', 'session', corp ? { code, corp } : { code }))
      .then((session) => {
        token = session.token;
        getApp().globalData.me = session;
        entering = null;
        return session;
      }, (error) => {
        entering = null;
        throw error;
      });
  }
  return entering;
}

// Ask Odoo, signed in; once more after a new sign-in when the session has ended.
function ask(method, path, data) {
  const first = token ? Promise.resolve() : enter();
  return first.then(() => send(method, path, data)).catch((error) => {
    if (error.error !== 'session') {
      throw error;
    }
    return enter().then(() => send(method, path, data));
  });
}

function leave() {
  const ended = token ? send('POST', 'session/end') : Promise.resolve();
  token = '';
  return ended;
}

module.exports = {
  enter,
  leave,
  get: (path) => ask('GET', path),
  post: (path, data) => ask('POST', path, data),
};
