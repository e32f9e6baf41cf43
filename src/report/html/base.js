// The HTML report reads the data in its page and draws it. Its scripts are one
// function, in the order of `SCRIPT` in html.rs. This part makes elements and
// reads data. Whatever a page under test said is put in as text, never as
// markup, address or style; and nothing is loaded from anywhere.

const run = JSON.parse(document.getElementById('run').textContent);
const main = document.getElementById('main');
const VERDICTS = ['failed', 'broken', 'flaky', 'passed', 'skipped'];
const SIGNS = {
  passed: '✓',
  failed: '✗',
  broken: '!',
  flaky: '↻',
  skipped: '–',
  unknown: '?',
  error: '✗',
  warning: '!',
  info: 'i',
};
const MEANINGS = {
  failed: 'the site is wrong',
  broken: 'the run itself went wrong',
  flaky: 'passed when it was tried again',
  skipped: 'not played to its end',
};
const byBadness = (a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || a.index - b.index;
run.scenarios.forEach((scenario, index) => {
  scenario.index = index;
});
const ordered = [...run.scenarios].sort(byBadness);
const filter = { text: '', verdict: '' };

// Invisible characters and those that turn text around are shown as escapes.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\u{e0000}-\u{e007f}]/gu;
const clean = (text) => text.replace(HIDDEN, (it) => `\\u{${it.codePointAt(0).toString(16)}}`);
const h = (name, attributes, ...children) => {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.filter(Boolean).join(' ');
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value !== false && value != null)
      element.setAttribute(key, value === true ? '' : clean(String(value)));
  }
  for (const child of children.flat(4)) {
    if (child != null && child !== false && child !== '')
      element.append(child instanceof Node ? child : clean(String(child)));
  }
  return element;
};
const count = (number, word) => `${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`;
const duration = (ms) => {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60000)} min ${Math.round((ms % 60000) / 1000)} s`;
};
const moment = (text) =>
  new Date(text).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const plain = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
// What stands between backticks is code.
const prose = (text) =>
  text
    .split(/(`[^`]+`)/)
    .map((it) =>
      it.length > 2 && it.startsWith('`') && it.endsWith('`') ? h('code', {}, it.slice(1, -1)) : it,
    );
const sign = (kind) => h(`span.sign.${kind}`, { 'aria-hidden': 'true' }, SIGNS[kind]);
const badge = (kind) =>
  h(`span.badge.${kind}`, { title: MEANINGS[kind] }, h('span', { 'aria-hidden': 'true' }, SIGNS[kind]), kind);
// A part that is drawn when it is opened for the first time.
const fold = (name, summary, draw, open) => {
  const body = h('div');
  const element = h(`details.${name}`, {}, h('summary', {}, ...[summary].flat()), body);
  const fill = () => {
    if (element.open && !body.hasChildNodes()) body.append(...[draw()].flat(3).filter(Boolean));
  };
  element.addEventListener('toggle', fill);
  element.fill = fill;
  if (open) {
    element.open = true;
    fill();
  }
  return element;
};

// Data.
// Addresses of findings, and look-ups by id.
const prepare = (data) => {
  const times = {};
  for (const finding of data.findings) {
    times[finding.code] = (times[finding.code] ?? 0) + 1;
    finding.id = `${finding.code}-${times[finding.code]}`;
    finding.trails = [];
  }
  // One picture is enough, where several findings have the same cause.
  for (const trail of data.trails) data.findings[trail.findings[0]]?.trails.push(trail);
  data.byId = new Map(data.requests.map((request) => [request.id, request]));
  data.vendors = new Map();
  for (const load of data.loads) data.vendors.set(load.request, load.vendor);
  for (const hit of data.hits) data.vendors.set(hit.request, hit.vendor);
};
// Megabytes of scenarios and pictures come behind this script, so that the
// overview need not wait for them.
const whole = new Promise((done) => document.addEventListener('DOMContentLoaded', done, { once: true }));
const unpacked = new Map();
const unpack = async (index) => {
  await whole;
  if (!unpacked.has(index)) {
    const text = atob(document.getElementById(`s${index}`).textContent);
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    const data = JSON.parse(await new Response(stream).text());
    [data, ...data.others].forEach(prepare);
    unpacked.set(index, data);
  }
  return unpacked.get(index);
};
const picture = (data, step) => {
  const blob = document.getElementById(`p${data.pictures[step] ?? ''}`);
  return (
    blob &&
    h('img', {
      src: `data:${blob.dataset.type};base64,${blob.textContent}`,
      alt: `The page after step ${step + 1}`,
      loading: 'lazy',
    })
  );
};
const address = (scenario, part) =>
  `#${[encodeURIComponent(scenario.slug), scenario.other && `attempt-${scenario.other}`, part].filter(Boolean).join('/')}`;
