// A service worker that sends what it is told. It has no fetch handler, so it
// never stands between a page and the network.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('message', (event) => {
  const sent = fetch(event.data, { mode: 'no-cors' }).catch(() => undefined);
  event.waitUntil(sent.then(() => event.ports[0].postMessage('sent')));
});
