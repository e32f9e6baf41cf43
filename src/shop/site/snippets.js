// What every page carries in its head: the vendors' stubs, so that calls can
// be made before the libraries are there. The libraries themselves load when
// the visitor has accepted.
var shop = JSON.parse(document.getElementById('page-data').textContent);
shop.framed = shop.page === 'newsletter';
shop.cookie = function (name) {
  var found = document.cookie.split('; ').filter(function (pair) { return pair.indexOf(name + '=') === 0; })[0];
  return found ? found.slice(name.length + 1) : '';
};
shop.consent = shop.theme.ignoreConsent ? 'granted' : shop.cookie('consent');
shop.load = function (path) {
  var script = document.createElement('script');
  script.async = true;
  script.src = shop.origins.tags + path;
  document.head.appendChild(script);
};

// Google tag
window.dataLayer = window.dataLayer || [];
function gtag() { dataLayer.push(arguments); }
gtag('consent', 'default', {
  ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied', analytics_storage: 'denied'
});
gtag('js', new Date());
gtag('config', shop.ids.ga4, shop.framed ? { send_page_view: false } : {});
if (!shop.framed) gtag('config', shop.ids.ads);

// Meta pixel
(function (w) {
  if (w.fbq) return;
  var stub = w.fbq = function () {
    if (stub.callMethod) stub.callMethod.apply(stub, arguments);
    else stub.queue.push(arguments);
  };
  if (!w._fbq) w._fbq = stub;
  stub.push = stub;
  stub.loaded = true;
  stub.version = '2.0';
  stub.queue = [];
})(window);
(function () {
  var email = '';
  try { email = localStorage.getItem('email') || ''; } catch (error) { /* storage is off */ }
  fbq('consent', 'revoke');
  if (email) fbq('init', shop.ids.meta, { em: email });
  else fbq('init', shop.ids.meta);
  if (!shop.framed) fbq('track', 'PageView');
  if (!shop.framed && shop.theme.pageViewTwice) fbq('track', 'PageView');
})();

// TikTok pixel
if (!shop.theme.noTiktok && !shop.framed) {
  (function (w) {
    var stub = w.ttq = w.ttq || [];
    w.TiktokAnalyticsObject = 'ttq';
    stub.methods = ['page', 'track', 'identify', 'instances', 'holdConsent', 'revokeConsent', 'grantConsent'];
    stub.methods.forEach(function (method) {
      stub[method] = function () {
        stub.push([method].concat(Array.prototype.slice.call(arguments)));
      };
    });
    stub._i = {};
    stub.load = function (id) {
      stub._i[id] = [];
      shop.load('/i18n/pixel/events.js?sdkid=' + id + '&lib=ttq');
    };
  })(window);
  ttq.page();
}

shop.loadTags = function () {
  if (shop.tagsLoaded) return;
  shop.tagsLoaded = true;
  gtag('consent', 'update', {
    ad_storage: 'granted', ad_user_data: 'granted', ad_personalization: 'granted', analytics_storage: 'granted'
  });
  fbq('consent', 'grant');
  shop.load('/gtag/js?id=' + shop.ids.ga4);
  shop.load('/en_US/fbevents.js');
  if (window.ttq) ttq.load(shop.ids.tiktok);
};
if (shop.consent === 'granted') shop.loadTags();
