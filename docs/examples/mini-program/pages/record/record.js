const api = require('../../util/api.js');
const { words, moment, running, title } = require('../../util/show.js');

Page({
  data: { t: {}, record: null, fields: [], time: '', problem: '', waiting: true },

  onLoad(query) {
    this.path = `records/${query.kind}/${query.id}`;
    this.setData({ t: words() });
    this.load();
  },

  onPullDownRefresh() {
    this.load();
  },

  load() {
    return running(this, api.get(this.path).then((record) => this.show(record)));
  },

  show(record) {
    const approval = record.approval || {};
    // Cells and values may have several lines; a template has no method to join them.
    const fields = record.fields.map((field) => ({
      key: field.key,
      label: field.label === field.lines[0] ? '' : field.label,
      text: field.lines.join('\n'),
      table: field.rows.map((row) => row
        .map((cell, column) => (cell.length ? `${field.columns[column]}: ${cell.join(' ')}` : ''))
        .filter(Boolean).join(', ')),
    }));
    this.setData({
      record,
      fields: fields.filter((field) => field.text || field.table.length),
      time: moment(approval.finished_at || approval.submitted_at),
    });
    title(record.title);
  },

  submit() {
    const { t } = this.data;
    dd.confirm({
      title: t.submit,
      content: t.sure,
      confirmButtonText: t.yes,
      cancelButtonText: t.no,
      success: (answer) => answer.confirm && this.send(),
    });
  },

  send() {
    const { record, t, waiting } = this.data;
    if (waiting) {
      return null;
    }
    // Odoo submits only what this person has seen: a second press does nothing.
    const after = record.approval ? record.approval.id : 0;
    return running(this, api.post(`${this.path}/submit`, { after }).then((found) => {
      this.show(found);
      dd.showToast({ type: 'none', content: found.submitted ? t.submitted : t.already });
    }));
  },
});
