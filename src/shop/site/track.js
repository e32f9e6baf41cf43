// What happens in the shop, told to every vendor in its own words. Pages call
// `shop.track`; this file alone knows the vendors.
(function () {
  'use strict';
  const theme = shop.theme;

  const ga4Items = (lines) => lines.map((line) => {
    const item = { item_id: line.id, item_name: line.name, item_category: line.category, price: line.price };
    if (line.size) item.item_variant = line.size;
    item.quantity = line.quantity || 1;
    return item;
  });
  const metaContents = (lines) => lines.map((line) => ({ id: line.id, quantity: line.quantity || 1, item_price: line.price }));
  const tiktokContents = (lines) => lines.map((line) => ({
    content_id: line.id, content_name: line.name, content_type: 'product', price: line.price, quantity: line.quantity || 1
  }));
  const newId = (name) => name + '-' + Date.now() + '-' + Math.random().toString(36).slice(2, 10);
  const tiktok = (...args) => { if (window.ttq) ttq.track(...args); };
  const withId = (id) => theme.noEventId ? {} : { eventID: id };

  // One shape for product, cart and order events.
  function commerce(names, lines, value, currency, extra) {
    const id = newId(names.meta.toLowerCase());
    gtag('event', names.ga4, { currency, value, items: ga4Items(lines) });
    fbq('track', names.meta, {
      content_ids: lines.map((line) => line.id), content_type: 'product', contents: metaContents(lines),
      value, currency, ...extra
    }, { eventID: id });
    tiktok(names.tiktok, { contents: tiktokContents(lines), content_type: 'product', value, currency }, { event_id: id });
  }

  function metaPurchase(order, money, id) {
    const lines = order.cart.lines;
    fbq('track', 'Purchase', {
      content_ids: lines.map((line) => line.id), content_type: 'product', contents: metaContents(lines),
      num_items: order.cart.count, order_id: order.id, ...money
    }, withId(id));
  }

  shop.track = {
    viewList(products) {
      gtag('event', 'view_item_list', { item_list_name: 'All products', items: ga4Items(products) });
    },
    viewItem(product, currency) {
      commerce({ ga4: 'view_item', meta: 'ViewContent', tiktok: 'ViewContent' }, [product], product.price, currency);
    },
    addToCart(line, currency) {
      if (theme.noAddToCart) return;
      const value = Math.round(line.price * line.quantity * 100) / 100;
      commerce({ ga4: 'add_to_cart', meta: 'AddToCart', tiktok: 'AddToCart' }, [line], value, currency);
    },
    viewCart(cart) {
      gtag('event', 'view_cart', { currency: cart.currency, value: cart.value, items: ga4Items(cart.lines) });
    },
    beginCheckout(cart) {
      commerce({ ga4: 'begin_checkout', meta: 'InitiateCheckout', tiktok: 'InitiateCheckout' },
        cart.lines, cart.value, cart.currency, { num_items: cart.count });
    },
    addShipping(cart) {
      gtag('event', 'add_shipping_info', {
        currency: cart.currency, value: cart.value, shipping_tier: 'Standard', items: ga4Items(cart.lines)
      });
    },
    purchase(order) {
      const value = theme.valueAsText ? order.cart.value.toFixed(2).replace('.', ',') : order.cart.value;
      const money = theme.noCurrency ? { value } : { value, currency: order.cart.currency };
      const id = 'purchase-' + order.id;
      const lines = order.cart.lines;
      gtag('event', 'purchase', {
        transaction_id: order.id, ...money, items: ga4Items(lines), ...(theme.noEventId ? {} : { event_id: id })
      });
      gtag('event', 'conversion', {
        send_to: shop.ids.ads + '/' + shop.ids.adsLabel, transaction_id: order.id, ...money
      });
      metaPurchase(order, money, id);
      tiktok('CompletePayment', {
        contents: tiktokContents(lines), content_type: 'product', order_id: order.id, ...money
      }, theme.noEventId ? {} : { event_id: id });
      if (theme.purchaseTwice) metaPurchase(order, money, newId('plugin'));
      if (theme.purchaseLateTwice) {
        const again = () => setTimeout(() => metaPurchase(order, money, newId('plugin')), 1500);
        if (document.readyState === 'complete') again();
        else window.addEventListener('load', again);
      }
    },
    lead(topic) {
      const id = newId('lead');
      gtag('event', 'generate_lead', { currency: 'EUR', value: 25, form_id: 'brochure', topic });
      if (theme.leadRenamed) fbq('trackCustom', 'LeadForm', { content_name: 'Brochure', value: 25, currency: 'EUR' }, { eventID: id });
      else fbq('track', 'Lead', { content_name: 'Brochure', value: 25, currency: 'EUR' }, { eventID: id });
      tiktok('SubmitForm', { content_name: 'Brochure', value: 25, currency: 'EUR' }, { event_id: id });
    },
    search(words, found) {
      gtag('event', 'search', { search_term: words, results: found.length });
      fbq('track', 'Search', { search_string: words, content_ids: found, content_type: 'product' });
      tiktok('Search', { query: words });
    },
    contact(topic) {
      gtag('event', 'contact', { topic });
      fbq('track', 'Contact', { topic }, { eventID: newId('contact') });
      tiktok('Contact', { description: topic });
    },
    sizeGuide() {
      gtag('event', 'view_size_guide', { opened_in: 'popup' });
      fbq('track', 'ViewContent', { content_name: 'Size guide', content_type: 'product_group' });
    },
    subscribe() {
      const id = newId('subscribe');
      gtag('event', 'sign_up', { method: 'newsletter' });
      fbq('track', 'CompleteRegistration', { content_name: 'Newsletter', status: true }, { eventID: id });
    }
  };

  if (shop.page === 'size-guide') shop.track.sizeGuide();
})();
