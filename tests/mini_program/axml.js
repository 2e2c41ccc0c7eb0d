// Markup of a mini-program: parsed, checked, and shown as a person would see it.
'use strict';

const { parseDocument } = require('htmlparser2');

const TAGS = ['view', 'text', 'button', 'input', 'block', 'scroll-view', 'image'];
const DIRECTIVES = ['a:if', 'a:elif', 'a:else', 'a:for', 'a:for-item', 'a:for-index', 'a:key'];
const EXPRESSION = /\{\{([^]*?)\}\}/g;

class MarkupError extends Error {}

// Return the nodes of a text; throws for what no compiler would take.
function parse(text) {
  const open = [];
  const tags = text.replace(/<!--[^]*?-->/g, '').match(/<\/?[a-z][^<>]*(?:"[^"]*"[^<>]*)*>/g) || [];
  for (const tag of tags) {
    const name = tag.match(/[a-z-]+/)[0];
    if (tag.startsWith('</')) {
      if (open.pop() !== name) {
        throw new MarkupError(`</${name}> closes nothing`);
      }
    } else if (!tag.endsWith('/>')) {
      open.push(name);
    }
  }
  if (open.length) {
    throw new MarkupError(`<${open.pop()}> is not closed`);
  }
  return parseDocument(text, { xmlMode: true, decodeEntities: true }).children;
}

function compile(code) {
  try {
    // A page's data are the only names that an expression has.
    return new Function('scope', `with (scope) { return (${code}); }`);
  } catch (error) {
    throw new MarkupError(`{{${code}}}: ${error.message}`);
  }
}

// Return the value of an attribute or text: with one expression alone its value.
function evaluate(text, scope) {
  const parts = [...text.matchAll(EXPRESSION)];
  const alone = parts.length === 1 && parts[0][0] === text.trim();
  const known = new Proxy(scope, {
    has: (target, name) => typeof name === 'string',
    get: (target, name) => {
      if (name === Symbol.unscopables) {
        return undefined;
      }
      if (!(name in target)) {
        throw new MarkupError(`${String(name)} is not in the data of the page`);
      }
      return target[name];
    },
  });
  if (alone) {
    return compile(parts[0][1])(known);
  }
  return text.replace(EXPRESSION, (_all, code) => {
    const value = compile(code)(known);
    return value === undefined || value === null ? '' : String(value);
  });
}

// Check a page's markup without data. Returns the names of classes that it uses.
function check(nodes, page, classes = new Set()) {
  for (const node of nodes) {
    const texts = [];
    if (node.type === 'text') {
      texts.push(node.data);
    } else if (node.type === 'tag') {
      if (!TAGS.includes(node.name)) {
        throw new MarkupError(`<${node.name}> is not a known component`);
      }
      for (const [name, value] of Object.entries(node.attribs)) {
        if (name.startsWith('a:') && !DIRECTIVES.includes(name)) {
          throw new MarkupError(`${name} is not a directive`);
        }
        if (/^on[A-Z]/.test(name) && typeof page[value] !== 'function') {
          throw new MarkupError(`${name}="${value}": the page has no such method`);
        }
        if (name === 'class') {
          value.replace(EXPRESSION, ' ').split(/\s+/).filter(Boolean)
            .forEach((each) => classes.add(each));
        }
        texts.push(value);
      }
      check(node.children, page, classes);
    }
    for (const text of texts) {
      if (text.replace(EXPRESSION, '').match(/\{\{|\}\}/)) {
        throw new MarkupError(`braces that do not match: ${text}`);
      }
      [...text.matchAll(EXPRESSION)].forEach((part) => compile(part[1]));
    }
  }
  return classes;
}

function dataset(attribs, scope) {
  const found = {};
  for (const [name, value] of Object.entries(attribs)) {
    if (name.startsWith('data-')) {
      const key = name.slice(5).replace(/-([a-z])/g, (_all, letter) => letter.toUpperCase());
      found[key] = evaluate(value, scope);
    }
  }
  return found;
}

// Return what is shown: nodes with tag, attribs, dataset, children; texts as strings.
function render(nodes, scope) {
  const shown = [];
  // Whether a branch of the chain of a:if, a:elif, a:else was taken already.
  let taken = true;
  for (const node of nodes) {
    if (node.type === 'text') {
      const text = evaluate(node.data, scope);
      if (String(text).trim()) {
        shown.push(String(text).trim());
      }
      continue;
    }
    if (node.type !== 'tag') {
      continue;
    }
    const { attribs } = node;
    if ('a:for' in attribs) {
      const items = evaluate(attribs['a:for'], scope) || [];
      const item = attribs['a:for-item'] || 'item';
      const index = attribs['a:for-index'] || 'index';
      items.forEach((value, number) => shown.push(...one(
        node, Object.assign({}, scope, { [item]: value, [index]: number }))));
      continue;
    }
    if ('a:else' in attribs || 'a:elif' in attribs) {
      if (taken) {
        continue;
      }
      taken = 'a:else' in attribs || Boolean(evaluate(attribs['a:elif'], scope));
      if (!taken) {
        continue;
      }
    } else if ('a:if' in attribs) {
      taken = Boolean(evaluate(attribs['a:if'], scope));
      if (!taken) {
        continue;
      }
    }
    shown.push(...one(node, scope));
  }
  return shown;
}

function one(node, scope) {
  if ('a:for' in node.attribs && 'a:if' in node.attribs
      && !evaluate(node.attribs['a:if'], scope)) {
    return [];
  }
  const children = render(node.children, scope);
  if (node.name === 'block') {
    return children;
  }
  const attribs = {};
  for (const [name, value] of Object.entries(node.attribs)) {
    if (!name.startsWith('a:') && !name.startsWith('data-')) {
      attribs[name] = evaluate(value, scope);
    }
  }
  return [{ tag: node.name, attribs, dataset: dataset(node.attribs, scope), children }];
}

// Return the lines that stand on the page.
function lines(shown) {
  return shown.flatMap((node) => (
    typeof node === 'string' ? node.split('\n') : lines(node.children)));
}

const ELEMENTS = { view: 'div', text: 'pre', 'scroll-view': 'div', image: 'img' };

function escape(text) {
  return String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

// Return what is shown as a browser can draw it.
function html(shown) {
  return shown.map((node) => {
    if (typeof node === 'string') {
      return escape(node);
    }
    const name = ELEMENTS[node.tag] || node.tag;
    const attribs = ['class', 'type', 'value', 'placeholder', 'disabled', 'src']
      .filter((each) => node.attribs[each])
      .map((each) => ` ${each}="${escape(node.attribs[each])}"`).join('');
    const inner = name === 'input' || name === 'img' ? '' : `${html(node.children)}</${name}>`;
    return `<${name}${attribs}>${inner}`;
  }).join('');
}

// Return the innermost nodes with a handler whose text has all of these words.
function find(shown, handler, text) {
  return shown.flatMap((node) => {
    if (typeof node === 'string') {
      return [];
    }
    const inner = find(node.children, handler, text);
    const own = handler in node.attribs && (
      text === undefined || lines([node]).join('\n').includes(text));
    return inner.length || !own ? inner : [node];
  });
}

module.exports = { parse, check, render, lines, find, html, MarkupError };
