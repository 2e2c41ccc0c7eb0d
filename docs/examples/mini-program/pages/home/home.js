const api = require('../../util/api.js');
const { words, moment, running } = require('../../util/show.js');

Page({
  data: { t: {}, me: null, kinds: [], messages: [], problem: '', waiting: true },

  onLoad() {
    this.setData({ t: words() });
    this.load();
  },

  onPullDownRefresh() {
    this.load();
  },

  load() {
    return running(this, api.get('me').then((me) => {
      getApp().globalData.me = me;
      return Promise.all([api.get('records'), api.get('messages?limit=10')])
        .then(([kinds, messages]) => this.setData({
          me,
          kinds: kinds.items,
          messages: messages.items.map(
            (each) => Object.assign(each, { time: moment(each.sent_at) })),
        }));
    }));
  },

  openKind(event) {
    const { id, name } = event.currentTarget.dataset;
    dd.navigateTo({
      url: `/pages/records/records?kind=${id}&name=${encodeURIComponent(name)}`,
    });
  },

  openApprovals() {
    dd.navigateTo({ url: '/pages/approvals/approvals' });
  },

  scan() {
    dd.scan({
      type: 'qr',
      success: (found) => this.find(found.code),
      // Closing the camera is not an error.
      fail: () => {},
    });
  },

  find(code) {
    return running(this, api.get(`find?code=${encodeURIComponent(code)}`).then((found) => {
      if (found.record) {
        dd.navigateTo({
          url: `/pages/record/record?kind=${found.record.mapping}&id=${found.record.id}`,
        });
      } else {
        dd.alert({ content: this.data.t.notFound });
      }
    }));
  },

  leave() {
    return running(this, api.leave().then(() => {
      getApp().globalData.me = null;
      this.setData({ me: null, kinds: [], messages: [] });
      dd.showToast({ type: 'none', content: this.data.t.left });
    }));
  },
});
