App({
  globalData: {
    // Who is signed in, as Odoo says; null before that.
    me: null,
  },
});
