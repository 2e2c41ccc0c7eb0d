const api = require('../../util/api.js');
const { words, running, title } = require('../../util/show.js');

Page({
  data: { t: {}, kind: 0, wanted: '', items: [], next: 0, problem: '', waiting: true },

  onLoad(query) {
    this.setData({ t: words(), kind: Number(query.kind) });
    title(decodeURIComponent(query.name || ''));
    this.load();
  },

  onPullDownRefresh() {
    this.load();
  },

  onReachBottom() {
    this.more();
  },

  load() {
    return this.read(0);
  },

  more() {
    return this.data.next && !this.data.waiting ? this.read(this.data.next) : null;
  },

  read(offset) {
    const { kind, wanted, items } = this.data;
    const path = `records/${kind}?offset=${offset}&name=${encodeURIComponent(wanted)}`;
    return running(this, api.get(path).then((found) => this.setData({
      items: offset ? items.concat(found.items) : found.items,
      next: found.next,
    })));
  },

  type(event) {
    this.setData({ wanted: event.detail.value });
  },

  open(event) {
    dd.navigateTo({
      url: `/pages/record/record?kind=${this.data.kind}&id=${event.currentTarget.dataset.id}`,
    });
  },
});
