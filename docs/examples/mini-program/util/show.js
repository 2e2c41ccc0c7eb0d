// Shared by the pages.
const { texts } = require('./texts.js');

// Texts of the page, in the signed-in user's language.
function words() {
  return texts(getApp().globalData.me);
}

// A time of Odoo, which is in UTC, as the phone's clock has it.
function moment(value) {
  if (!value) {
    return '';
  }
  const time = new Date(value);
  const two = (number) => (number < 10 ? `0${number}` : `${number}`);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} `
    + `${two(time.getHours())}:${two(time.getMinutes())}`;
}

// Run a promise of a page: says what went wrong, takes the waiting away.
function running(page, promise) {
  page.setData({ waiting: true, problem: '' });
  const done = () => {
    page.setData({ waiting: false, t: words() });
    dd.stopPullDownRefresh({});
  };
  return promise.then((result) => {
    done();
    return result;
  }, (error) => {
    done();
    page.setData({ problem: [error.text, error.remedy].filter(Boolean).join(' ') });
  });
}

// Set the title of the page on top.
function title(text) {
  dd.setNavigationBar({ title: text, backgroundColor: '#ffffff', reset: false });
}

module.exports = { words, moment, running, title };
