// How the shop's pages behave. What is measured stands in `track.js`.
(function () {
  'use strict';
  const $ = (id) => document.getElementById(id);
  const { page, data, theme } = shop;

  function remember(email) {
    try { localStorage.setItem('email', email); } catch (error) { /* storage is off */ }
  }

  async function post(path, body) {
    const response = await fetch(path, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body)
    });
    return { ok: response.ok, answer: await response.json() };
  }

  const problems = (answer) => Object.values(answer.errors || { form: 'Please try again.' }).join(' ');

  // Consent
  const banner = $('consent');
  const frame = $('newsletter');
  let frameReady = false;
  function tellFrame() {
    if (frameReady) frame.contentWindow.postMessage({ consent: shop.consent }, shop.origins.news);
  }
  function choose(choice) {
    shop.consent = choice;
    document.cookie = 'consent=' + choice + '; Path=/; Max-Age=15552000; SameSite=Lax';
    banner.hidden = true;
    if (choice === 'granted') shop.loadTags();
    tellFrame();
  }
  window.addEventListener('message', (event) => {
    if (event.origin !== shop.origins.news || event.data !== 'newsletter-ready') return;
    frameReady = true;
    tellFrame();
  });
  // Only now, so that its first message finds a listener.
  if (frame) frame.src = frame.dataset.src;
  banner.hidden = Boolean(shop.cookie('consent'));
  $('consent-open').addEventListener('click', () => { banner.hidden = false; });
  $('consent-accept').addEventListener('click', () => choose('granted'));
  $('consent-reject').addEventListener('click', () => choose('denied'));

  // Cart badge
  const count = (cart) => { $('cart-count').textContent = cart.count; };
  count({
    count: shop.cookie('cart').split('~').reduce((sum, line) => sum + (Number(line.split('.')[2]) || 0), 0)
  });

  if (page === 'products') shop.track.viewList(data.products);

  if (page === 'product') {
    shop.track.viewItem(data.product, data.currency);
    const button = $('add-to-cart');
    button.addEventListener('click', async () => {
      const size = document.querySelector('size-picker').value;
      const quantity = Number($('quantity').value);
      $('cart-problem').textContent = size ? '' : 'Please choose a size.';
      if (!size) return;
      button.disabled = true;
      const { ok, answer } = await post('/api/cart', { product: data.product.id, size, quantity });
      button.disabled = false;
      if (!ok) {
        $('cart-problem').textContent = problems(answer);
        return;
      }
      shop.track.addToCart({ ...data.product, size, quantity }, data.currency);
      count(answer);
      $('cart-status').textContent = 'Added to your cart.';
    });
    $('size-guide-link').addEventListener('click', (event) => {
      event.preventDefault();
      window.open(event.currentTarget.href, 'size-guide', 'width=480,height=420');
    });
  }

  if (page === 'cart' && data.cart.count) shop.track.viewCart(data.cart);

  if (page === 'checkout') {
    if (!data.again) shop.track.beginCheckout(data.cart);
    $('checkout-form').addEventListener('submit', () => {
      remember($('email').value.trim().toLowerCase());
      // Waits in the batch and leaves together with the page.
      shop.track.addShipping(data.cart);
    });
  }

  if (page === 'thank-you') {
    // A reload shows the same order again and must not count it again.
    const key = 'counted-' + data.order.id;
    if (!sessionStorage.getItem(key)) {
      sessionStorage.setItem(key, '1');
      shop.track.purchase(data.order);
    }
  }

  const lead = $('lead-form');
  if (lead) {
    if (theme.leadOnView) shop.track.lead('everything');
    lead.addEventListener('focusin', () => {
      gtag('event', 'form_start', { form_id: 'brochure' });
    }, { once: true });
    $('lead-submit').addEventListener('click', () => {
      if (theme.leadOnClick) shop.track.lead($('lead-topic').value);
    });
    lead.addEventListener('submit', async (event) => {
      event.preventDefault();
      const form = Object.fromEntries(new FormData(lead));
      $('lead-submit').disabled = true;
      $('lead-problem').textContent = '';
      const { ok, answer } = await post('/api/lead', form);
      $('lead-submit').disabled = false;
      if (!ok) {
        $('lead-problem').textContent = problems(answer);
        return;
      }
      remember(form.email.trim().toLowerCase());
      lead.hidden = true;
      $('lead-done').hidden = false;
      shop.celebrate(lead);
      if (!theme.leadOnClick && !theme.leadOnView) shop.track.lead(form.topic);
    });
  }

  const contact = $('contact-form');
  if (contact) {
    contact.addEventListener('submit', async (event) => {
      event.preventDefault();
      const response = await fetch('/api/contact', { method: 'POST', body: new FormData(contact) });
      if (!response.ok) {
        $('contact-problem').textContent = 'The message could not be sent. Is the file too large?';
        return;
      }
      contact.hidden = true;
      $('contact-done').hidden = false;
      shop.track.contact($('contact-topic').value);
    });
  }

  if (page === 'search' && data.words) shop.track.search(data.words, data.found);
})();
