// Change these values before you upload the mini-program.
module.exports = {
  // Odoo: organisation > page Inside DingTalk > URL for the mini-program.
  address: 'https://odoo.example.com/dingding/mini/v1',
  // CorpId of the organisation; empty: the one in which the mini-program was opened.
  corpId: '',
};
