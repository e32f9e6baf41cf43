// One button for each rarer way to send an event.
(function () {
  'use strict';
  const status = (text) => { document.getElementById('lab-status').textContent = text; };
  const pixel = (event, transport) => 'https://www.facebook.com/tr/?id=' + shop.ids.meta + '&ev=' + event +
    '&dl=' + encodeURIComponent(location.href) + '&rl=&if=false&ts=' + Date.now() + '&cd[from]=lab&rqm=' + transport;
  const on = (id, act) => {
    document.getElementById(id).addEventListener('click', () => {
      if (shop.consent === 'granted') act();
      else status('Accept the tags first.');
    });
  };

  on('lab-worker', () => {
    const worker = new Worker('/assets/lab-worker.js');
    worker.onmessage = () => {
      worker.terminate();
      status('Sent from a worker.');
    };
    worker.postMessage(pixel('WorkerHeartbeat', 'fetch'));
  });

  on('lab-service-worker', async () => {
    const registration = await navigator.serviceWorker.register('/lab-service-worker.js', { scope: '/lab' });
    const worker = registration.active || registration.waiting || registration.installing;
    const channel = new MessageChannel();
    channel.port1.onmessage = () => status('Sent from a service worker.');
    worker.postMessage(pixel('ServiceWorkerHeartbeat', 'fetch'), [channel.port2]);
  });

  on('lab-long', () => {
    const words = Array.from({ length: 400 }, (_, index) => 'word' + index).join(' ');
    fbq('trackCustom', 'LongEvent', { text: words });
    status('Sent a long event.');
  });

  on('lab-leave', () => {
    window.addEventListener('pagehide', () => { navigator.sendBeacon(pixel('LeftTheLab', 'SB')); }, { once: true });
    status('Will send when you leave.');
  });

  on('lab-popup', () => {
    window.open('/size-guide', 'size-guide', 'width=480,height=420');
    status('Opened a popup.');
  });
})();
