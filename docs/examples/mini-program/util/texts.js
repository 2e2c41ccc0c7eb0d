// Texts of the mini-program. Those of Odoo come in the user's language already.
const english = {
  hello: 'Hello',
  scan: 'Scan a code',
  records: 'Records',
  approvals: 'My approvals',
  waiting: 'Waiting for me',
  started: 'Started by me',
  messages: 'Messages',
  none: 'Nothing here.',
  notFound: 'No record has this code.',
  search: 'Name or number',
  more: 'Show more',
  submit: 'Submit for approval',
  again: 'Submit again',
  sure: 'It goes to DingTalk and cannot be changed while it is in approval.',
  submitted: 'Submitted',
  already: 'It was submitted already.',
  yes: 'Submit',
  no: 'Cancel',
  refresh: 'Refresh',
  approval: 'Approval',
  holder: 'With',
  fix: 'Before it can be submitted',
  leave: 'Sign out',
  left: 'Signed out.',
  enter: 'Sign in',
  offline: 'Odoo cannot be reached. Check the network and try again.',
  domain: 'DingTalk does not allow this address. Tell your administrator.',
  noCode: 'DingTalk did not say who you are. Open the mini-program again.',
};

const chinese = {
  hello: '你好',
  scan: '扫一扫',
  records: '单据',
  approvals: '我的审批',
  waiting: '待我审批',
  started: '我发起的',
  messages: '消息',
  none: '暂无内容。',
  notFound: '没有找到这个码对应的单据。',
  search: '名称或编号',
  more: '加载更多',
  submit: '提交审批',
  again: '重新提交',
  sure: '提交到钉钉后，审批期间不能修改。',
  submitted: '已提交',
  already: '已经提交过了。',
  yes: '提交',
  no: '取消',
  refresh: '刷新',
  approval: '审批',
  holder: '当前处理人',
  fix: '提交前请先处理',
  leave: '退出登录',
  left: '已退出。',
  enter: '登录',
  offline: '无法连接 Odoo，请检查网络后重试。',
  domain: '钉钉不允许访问这个地址，请联系管理员。',
  noCode: '钉钉没有返回您的身份，请重新打开小程序。',
};

// Return the texts in the language of the user, or of the phone before that is known.
function texts(me) {
  const language = me ? me.user.lang : dd.getSystemInfoSync().language || '';
  return /^zh/i.test(language) ? chinese : english;
}

module.exports = { texts, english, chinese };
