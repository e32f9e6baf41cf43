// The newsletter provider's frame. It asks the page around it whether tags may
// be used, and is told again when the visitor chooses.
(function () {
  'use strict';
  const $ = (id) => document.getElementById(id);
  if (shop.data.consent) shop.loadTags();
  window.addEventListener('message', (event) => {
    if (event.origin === shop.origins.shop && event.data && event.data.consent === 'granted') shop.loadTags();
  });
  if (window.parent !== window) window.parent.postMessage('newsletter-ready', shop.origins.shop);

  $('newsletter-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const response = await fetch('/api/subscribe', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: $('newsletter-email').value })
    });
    const answer = await response.json();
    if (!response.ok) {
      $('newsletter-problem').textContent = Object.values(answer.errors).join(' ');
      return;
    }
    $('newsletter-form').hidden = true;
    $('newsletter-done').hidden = false;
    shop.track.subscribe();
  });
})();
