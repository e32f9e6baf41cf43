// A small stand-in for Google's gtag.js, written from what the real one puts on
// the wire: the first page view at once, everything later in batches that leave
// after five seconds or with the page. It sends no `user_engagement`, because
// that event depends on how long somebody looks.
(function () {
  'use strict';
  const demo = /*switches*/ {};
  const ENDPOINT = 'https://region1.google-analytics.com/g/collect';
  const BATCH_MS = demo.noFlushOnLeave ? 120000 : 5000;
  const SIGNALS = ['ad_storage', 'analytics_storage', 'ad_user_data', 'ad_personalization'];
  const pageId = String(Math.floor(Math.random() * 1e10));
  const gtm = '45je5b0v9100000001za200';
  const streams = new Map();
  const settings = {};
  const consent = { default: {}, update: {} };
  let ads = '';
  let lastEngaged = performance.now();

  function cookie(name) {
    const found = document.cookie.split('; ').find((pair) => pair.startsWith(name + '='));
    return found ? found.slice(name.length + 1) : '';
  }
  function store(name, value) {
    document.cookie = name + '=' + value + '; Path=/; Max-Age=63072000; SameSite=Lax';
  }

  // Client id and session live in the cookies of the originals.
  let visitor;
  function identify() {
    if (visitor) return visitor;
    const now = Math.floor(Date.now() / 1000);
    const known = cookie('_ga').split('.').slice(2).join('.');
    const client = known || Math.floor(Math.random() * 2147483647) + '.' + now;
    store('_ga', 'GA1.1.' + client);
    const name = '_ga_' + [...streams.keys()][0].slice(2);
    const session = cookie(name).split('.');
    const started = session[2] || String(now);
    store(name, ['GS1', '1', started, '1', '1', now, '0', '0', '0'].join('.'));
    visitor = { client, started, firstVisit: !known, firstPage: !session[2] };
    return visitor;
  }

  function granted(signal) {
    const state = consent.update[signal] || consent.default[signal];
    return state !== 'denied';
  }
  const gcs = () => 'G1' + (granted('ad_storage') ? 1 : 0) + (granted('analytics_storage') ? 1 : 0);
  function gcd() {
    const letter = (signal) => {
      const before = consent.default[signal];
      const after = consent.update[signal];
      if (!before && !after) return 'l';
      if (!after) return before === 'denied' ? 'p' : 't';
      if (!before) return after === 'denied' ? 'm' : 'n';
      if (before === 'denied') return after === 'denied' ? 'q' : 'r';
      return after === 'denied' ? 'u' : 'v';
    };
    return '13' + SIGNALS.map(letter).join('3') + '5l1';
  }

  const encode = (fields) => {
    const list = demo.reordered ? fields.slice().reverse() : fields;
    return list.map(([name, value]) => name + '=' + encodeURIComponent(value)).join('&');
  };

  function shared(stream) {
    const person = identify();
    stream.hits += 1;
    const fields = [
      ['gtm', gtm], ['_p', pageId], ['gcs', gcs()], ['gcd', gcd()], ['npa', granted('ad_personalization') ? 0 : 1],
      ['dma', 0], ['cid', person.client], ['ul', navigator.language.toLowerCase()],
      ['sr', screen.width + 'x' + screen.height], ['frm', window === window.top ? 0 : 2], ['pscdl', 'noapi'],
      ['_s', stream.hits], ['sid', person.started], ['sct', 1], ['seg', person.firstPage ? 0 : 1],
      ['dl', location.href]
    ];
    if (document.referrer) fields.push(['dr', document.referrer]);
    fields.push(['dt', document.title]);
    return fields;
  }

  const ITEM = { item_id: 'id', item_name: 'nm', item_brand: 'br', item_category: 'ca', item_variant: 'va', price: 'pr', quantity: 'qt' };
  function itemText(item) {
    return Object.entries(item)
      .filter(([name]) => ITEM[name])
      .map(([name, value]) => ITEM[name] + String(value).replaceAll('~', '~~'))
      .join('~');
  }

  function eventFields(event, params) {
    const now = performance.now();
    const fields = [['en', event]];
    if (params.currency) fields.push(['cu', params.currency]);
    (params.items || []).forEach((item, index) => fields.push(['pr' + (index + 1), itemText(item)]));
    for (const [name, value] of Object.entries({ ...settings, ...params })) {
      if (['currency', 'items', 'send_to', 'send_page_view'].includes(name) || value === undefined) continue;
      fields.push([(typeof value === 'number' ? 'epn.' : 'ep.') + name, value]);
    }
    fields.push(['_et', Math.max(1, Math.round(now - lastEngaged))]);
    lastEngaged = now;
    return fields;
  }

  function address(stream, extra) {
    const fields = shared(stream).concat(extra, [['tfd', Math.round(performance.now())]]);
    return ENDPOINT + '?v=2&tid=' + stream.id + '&' + encode(fields);
  }

  function post(url, body) {
    // A refused request is the browser's to report.
    fetch(url, { method: 'POST', body, keepalive: true, mode: 'no-cors', credentials: 'include' }).catch(() => undefined);
  }

  function flush(stream, leaving) {
    clearTimeout(stream.timer);
    stream.timer = 0;
    const waiting = stream.waiting;
    if (!waiting.length) return;
    stream.waiting = [];
    // A single event stands in the address, several stand in the body.
    const single = waiting.length === 1;
    const url = address(stream, single ? waiting[0] : []);
    const body = single ? undefined : waiting.map(encode).join('\r\n');
    if (leaving) navigator.sendBeacon(url, body);
    else post(url, body);
  }

  function pageView(stream) {
    const person = identify();
    const extra = eventFields('page_view', {});
    if (person.firstVisit) extra.push(['_fv', 1]);
    if (person.firstPage) extra.push(['_ss', 1]);
    extra.push(['_ee', 1]);
    post(address(stream, extra));
  }

  function adsConversion(params) {
    const [account, label] = params.send_to.split('/');
    const now = Date.now();
    const fields = [
      ['random', now], ['cv', 11], ['fst', now], ['bg', 'ffffff'], ['guid', 'ON'], ['async', 1], ['en', 'conversion'],
      ['gtm', gtm], ['gcs', gcs()], ['gcd', gcd()], ['dma', 0], ['u_w', screen.width], ['u_h', screen.height],
      ['url', location.href]
    ];
    if (document.referrer) fields.push(['ref', document.referrer]);
    fields.push(['label', label], ['frm', 0], ['tiba', document.title]);
    if (params.transaction_id) fields.push(['oid', params.transaction_id]);
    if (params.value !== undefined) fields.push(['value', params.value]);
    if (params.currency) fields.push(['currency_code', params.currency]);
    fields.push(['npa', granted('ad_personalization') ? 0 : 1], ['pscdl', 'noapi'],
      ['auid', identify().client], ['data', 'event=conversion'], ['fmt', 3]);
    const image = new Image(1, 1);
    image.src = 'https://www.googleadservices.com/pagead/conversion/' + account.slice(3) + '/?' + encode(fields);
  }

  function event(name, params) {
    if (params.send_to && params.send_to.startsWith('AW-')) {
      if (params.send_to.split('/')[0] === ads) adsConversion(params);
      return;
    }
    for (const stream of streams.values()) {
      stream.waiting.push(eventFields(name, params));
      if (!stream.timer) stream.timer = setTimeout(flush, BATCH_MS, stream, false);
    }
  }

  function handle(entry) {
    // Only what the gtag function pushed; plain objects are for tag managers.
    if (Object.prototype.toString.call(entry) !== '[object Arguments]') return;
    const [command, first, second] = entry;
    if (command === 'consent') Object.assign(consent[first] || {}, second);
    else if (command === 'set' && typeof first === 'object') Object.assign(settings, first);
    else if (command === 'config' && first.startsWith('AW-')) ads = first;
    else if (command === 'config' && !streams.has(first)) {
      const stream = { id: first, hits: 0, waiting: [], timer: 0 };
      streams.set(first, stream);
      if (!second || second.send_page_view !== false) pageView(stream);
    } else if (command === 'event') event(first, second || {});
  }

  function leave() {
    if (demo.noFlushOnLeave) return;
    for (const stream of streams.values()) flush(stream, true);
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') leave();
  });
  window.addEventListener('pagehide', leave);

  // By this the real one is known to run.
  window.google_tag_manager = window.google_tag_manager || {};

  const layer = window.dataLayer = window.dataLayer || [];
  const queued = layer.slice();
  // What the visitor chose before the library came counts for everything that
  // waited for it.
  queued.filter((entry) => entry[0] === 'consent').forEach(handle);
  queued.filter((entry) => entry[0] !== 'consent').forEach(handle);
  const push = layer.push;
  layer.push = function () {
    const length = push.apply(layer, arguments);
    Array.prototype.forEach.call(arguments, handle);
    return length;
  };
})();
