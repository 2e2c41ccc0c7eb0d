App({
  globalData: {
    // The signed-in user of Odoo; null before that.
    me: null,
  },
});
