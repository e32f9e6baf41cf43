// A small stand-in for TikTok's events.js, written from what the real one puts
// on the wire: one JSON text a request, page views by fetch, the rest as
// beacons. Like the real one it replaces the page's stub by another object.
(function () {
  'use strict';
  const demo = /*switches*/ {};
  const ENDPOINT = 'https://analytics.tiktok.com/api/v2/pixel';
  const stub = window.ttq;
  if (!stub || !stub._i) return;
  const random = () => Math.random().toString(36).slice(2, 14);
  const codes = Object.keys(stub._i);
  const session = random() + '-' + random();
  let user = {};

  function anonymousId() {
    const found = document.cookie.split('; ').find((pair) => pair.startsWith('_ttp='));
    if (found) return found.slice(5);
    const id = random() + random() + random().slice(0, 3);
    document.cookie = '_ttp=' + id + '; Path=/; Max-Age=33696000; SameSite=Lax';
    return id;
  }

  function message(code, event, properties, id) {
    const now = new Date();
    const parts = [
      ['event', event],
      ['event_id', id],
      ['message_id', 'messageId-' + now.getTime() + '-' + Math.floor(Math.random() * 1e13) + '-' + code],
      ['is_onsite', false],
      ['timestamp', now.toISOString()],
      ['context', {
        ad: { sdk_env: 'external', jsb_status: 2 },
        device: { platform: 'pc' },
        user: { anonymous_id: anonymousId(), ...user },
        pixel: { code, runtime: '1' },
        page: { url: location.href, referrer: document.referrer, load_progress: '2' },
        library: { name: 'pixel.js', version: '2.2.0' },
        session_id: session + '-' + code,
        pageview_id: session + '-0-' + code,
        userAgent: navigator.userAgent
      }],
      ['properties', properties]
    ];
    return JSON.stringify(Object.fromEntries(demo.reordered ? parts.reverse() : parts));
  }

  function send(event, properties, id) {
    for (const code of codes) {
      const body = message(code, event, properties || {}, id || '');
      if (event !== 'Pageview' && navigator.sendBeacon(ENDPOINT, body)) continue;
      fetch(ENDPOINT, { method: 'POST', body, keepalive: true, mode: 'no-cors' }).catch(() => undefined);
    }
  }

  const library = {
    _i: stub._i,
    page: () => send('Pageview'),
    track: (event, properties, extra) => send(event, properties, extra && extra.event_id),
    identify: (known) => { user = { ...user, ...known }; },
    instances: () => library,
    holdConsent: () => undefined,
    revokeConsent: () => undefined,
    grantConsent: () => undefined,
    load: () => undefined
  };
  const queue = stub.splice(0);
  window.ttq = library;
  queue.forEach(([method, ...rest]) => {
    if (library[method]) library[method](...rest);
  });
})();
