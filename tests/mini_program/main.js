// node main.js check FOLDER    fails when a page would not compile
// node main.js run             takes a line of JSON, answers with one
'use strict';

const fs = require('fs');
const path = require('path');
const readline = require('readline');

const axml = require('./axml.js');
const { Container } = require('./container.js');

function check(folder) {
  const container = new Container({ folder, config: {}, language: 'en' });
  const common = container.read('app.acss');
  container.run('app.js');
  for (const name of container.app.pages) {
    const page = container.run(`${name}.js`);
    JSON.parse(container.read(`${name}.json`));
    const own = path.join(folder, `${name}.acss`);
    const styles = common + (fs.existsSync(own) ? fs.readFileSync(own, 'utf8') : '');
    for (const each of axml.check(axml.parse(container.read(`${name}.axml`)), page)) {
      if (!new RegExp(`\\.${each}\\b`).test(styles)) {
        throw new Error(`${name}.axml: no style for the class ${each}`);
      }
    }
  }
}

async function run() {
  let container = null;
  const tasks = {
    launch: (options) => {
      container = new Container(options);
      container.launch();
    },
    tap: ({ text }) => container.fire('onTap', text),
    type: ({ text }) => {
      container.fire('onInput', undefined, { value: text });
      container.fire('onConfirm', undefined, { value: text });
    },
    scan: ({ code, text }) => {
      container.scanned = code;
      container.fire('onTap', text);
    },
    answer: ({ yes }) => {
      container.answer = yes;
    },
    // Options of the container that change while it runs.
    change: (options) => Object.assign(container.options, options),
    pull: () => container.page.onPullDownRefresh(),
    back: () => container.back(),
    look: () => {},
  };
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    let answer;
    try {
      tasks[command.do](command);
      answer = await container.settled();
    } catch (error) {
      answer = { failed: String(error.stack || error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

if (process.argv[2] === 'check') {
  check(process.argv[3]);
} else {
  run();
}
