// A small stand-in for Meta's fbevents.js, written from what the real one puts
// on the wire: images for short events, a form in a hidden iframe for long
// ones, and a second request to the Privacy Sandbox for purchases.
(function () {
  'use strict';
  const demo = /*switches*/ {};
  const fbq = window.fbq;
  if (!fbq || fbq.callMethod) return;
  const TR = 'https://www.facebook.com/tr/';
  const TRIGGER = 'https://www.facebook.com/privacy_sandbox/pixel/register/trigger/';
  const LONGEST_URL = 2048;
  const started = Date.now();
  const pixels = new Map();
  let options = [];
  let revoked = false;
  let held = [];
  let browserId = '';

  // SHA-256 at once: an event may be the last thing that a page does.
  function sha256(text) {
    const bytes = Array.from(new TextEncoder().encode(text));
    const bits = bytes.length * 8;
    const rotate = (word, by) => (word >>> by) | (word << (32 - by));
    const fraction = (root) => Math.floor((root - Math.floor(root)) * 4294967296) | 0;
    const primes = [];
    for (let number = 2; primes.length < 64; number += 1) {
      if (primes.every((prime) => number % prime)) primes.push(number);
    }
    const keys = primes.map((prime) => fraction(Math.cbrt(prime)));
    const state = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
    bytes.push(0x80);
    while (bytes.length % 64 !== 56) bytes.push(0);
    bytes.push(0, 0, 0, 0, bits >>> 24, (bits >>> 16) & 255, (bits >>> 8) & 255, bits & 255);
    for (let start = 0; start < bytes.length; start += 64) {
      const words = [];
      for (let index = 0; index < 64; index += 1) {
        if (index < 16) {
          const at = start + index * 4;
          words.push((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]);
        } else {
          const a = words[index - 15];
          const b = words[index - 2];
          words.push((words[index - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)) +
            words[index - 7] + (rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10))) | 0);
        }
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let index = 0; index < 64; index += 1) {
        const one = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + keys[index] + words[index]) | 0;
        const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
      }
      [a, b, c, d, e, f, g, h].forEach((word, index) => { state[index] = (state[index] + word) | 0; });
    }
    return state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  function fbp() {
    if (browserId) return browserId;
    const found = document.cookie.split('; ').find((pair) => pair.startsWith('_fbp='));
    browserId = found ? found.slice(5) : 'fb.1.' + Date.now() + '.' + Math.floor(Math.random() * 1e18);
    document.cookie = '_fbp=' + browserId + '; Path=/; Max-Age=7776000; SameSite=Lax';
    return browserId;
  }

  const text = (value) => (value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value));

  function fields(pixel, event) {
    const list = [
      ['id', pixel.id], ['ev', event.name], ['dl', location.href], ['rl', document.referrer],
      ['if', window !== window.top], ['ts', event.at]
    ];
    for (const [name, value] of Object.entries(event.data)) {
      if (value !== undefined) list.push(['cd[' + name + ']', text(value)]);
    }
    list.push(['sw', screen.width], ['sh', screen.height]);
    for (const [name, value] of Object.entries(pixel.user)) list.push(['ud[' + name + ']', value]);
    list.push(['v', '2.9.233'], ['r', 'stable'], ['ec', pixel.count], ['o', 4126], ['fbp', fbp()],
      ['ler', 'empty'], ['it', started], ['coo', false]);
    if (options.length) list.push(['dpo', options[0].join(',')], ['dpoco', options[1] || 0], ['dpost', options[2] || 0]);
    if (event.id) list.push(['eid', event.id]);
    pixel.count += 1;
    return demo.reordered ? list.slice(0, 2).concat(list.slice(2).reverse()) : list;
  }

  const query = (list) => list.map(([name, value]) => name + '=' + encodeURIComponent(value)).join('&');

  // Too long for an address: a form that answers into a hidden iframe.
  function postForm(list) {
    const target = 'fb' + Math.random().toString().slice(2);
    const form = document.createElement('form');
    form.method = 'post';
    form.action = TR;
    form.target = target;
    form.acceptCharset = 'utf-8';
    form.style.display = 'none';
    const frame = document.createElement('iframe');
    frame.name = target;
    frame.src = 'about:blank';
    form.append(frame);
    for (const [name, value] of list) {
      const input = document.createElement('input');
      input.name = name;
      input.value = value;
      form.append(input);
    }
    document.body.append(form);
    frame.addEventListener('load', () => setTimeout(() => form.remove(), 0));
    form.submit();
  }

  function send(pixel, event) {
    const list = fields(pixel, event);
    const url = TR + '?' + query(list.concat([['rqm', 'GET']]));
    if (url.length < LONGEST_URL) new Image(1, 1).src = url;
    else postForm(list.concat([['rqm', 'formPOST']]));
    if (event.name === 'Purchase') {
      fetch(TRIGGER + '?' + query(list.concat([['rqm', 'FGET']])), {
        mode: 'no-cors', keepalive: true, credentials: 'include'
      }).catch(() => undefined);
    }
  }

  function track(ids, name, data, extra) {
    const event = { name, data: data || {}, id: extra && extra.eventID, at: Date.now() };
    const act = () => ids().forEach((pixel) => send(pixel, event));
    if (revoked) held.push(act);
    else act();
  }

  const everyPixel = () => [...pixels.values()];
  const onePixel = (id) => () => everyPixel().filter((pixel) => pixel.id === String(id));

  const methods = {
    init(id, user) {
      const hashed = {};
      for (const [name, value] of Object.entries(user || {})) {
        const plain = String(value).trim().toLowerCase();
        if (plain) hashed[name] = /^[0-9a-f]{64}$/.test(plain) ? plain : sha256(plain);
      }
      const known = pixels.get(String(id));
      if (known) Object.assign(known.user, hashed);
      else pixels.set(String(id), { id: String(id), user: hashed, count: 0 });
    },
    track: (name, data, extra) => track(everyPixel, name, data, extra),
    trackCustom: (name, data, extra) => track(everyPixel, name, data, extra),
    trackSingle: (id, name, data, extra) => track(onePixel(id), name, data, extra),
    trackSingleCustom: (id, name, data, extra) => track(onePixel(id), name, data, extra),
    dataProcessingOptions: (...given) => { options = given[0] && given[0].length ? given : []; },
    set: () => undefined,
    consent(choice) {
      revoked = choice === 'revoke';
      if (revoked) return;
      const waiting = held;
      held = [];
      waiting.forEach((act) => act());
    }
  };

  fbq.version = '2.9.233';
  fbq.callMethod = function (method, ...rest) {
    if (methods[method]) methods[method](...rest);
    else console.warn('[Facebook Pixel] - Invalid method: ' + method);
  };
  const queue = fbq.queue.splice(0);
  queue.forEach((call) => fbq.callMethod(...call));
})();
