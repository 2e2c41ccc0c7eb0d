const api = require('../../util/api.js');
const { words, moment, running, title } = require('../../util/show.js');

Page({
  data: { t: {}, box: 'waiting', items: [], next: 0, problem: '', waiting: true },

  onLoad() {
    const t = words();
    this.setData({ t });
    title(t.approvals);
    this.load();
  },

  onPullDownRefresh() {
    this.load();
  },

  choose(event) {
    this.setData({ box: event.currentTarget.dataset.box, items: [], next: 0 });
    return this.load();
  },

  load() {
    return this.read(0);
  },

  more() {
    return this.data.next && !this.data.waiting ? this.read(this.data.next) : null;
  },

  read(offset) {
    const { box, items } = this.data;
    return running(this, api.get(`approvals?box=${box}&offset=${offset}`).then((found) => {
      // The other box may have been chosen meanwhile.
      if (box !== this.data.box) {
        return;
      }
      const shown = found.items.map(
        (each) => Object.assign(each, { time: moment(each.since) }));
      this.setData({ items: offset ? items.concat(shown) : shown, next: found.next });
    }));
  },

  open(event) {
    const item = this.data.items[event.currentTarget.dataset.index];
    if (this.data.box === 'waiting' && item.url) {
      // It is decided in DingTalk.
      dd.openLink({ url: item.url });
    } else if (item.record) {
      dd.navigateTo({
        url: `/pages/record/record?kind=${item.record.mapping}&id=${item.record.id}`,
      });
    } else if (item.url) {
      dd.openLink({ url: item.url });
    }
  },
});
