// Safari's Intelligent Tracking Prevention, as far as scripts meet it: a cookie
// that a script writes lives for seven days at most, and for one on a page that
// was come to from another site by a link that carries a click's id.
// Source: https://webkit.org/tracking-prevention/
(() => {
  const day = 86400;
  const decorated = () =>
    /[?&#](gclid|gbraid|wbraid|dclid|fbclid|msclkid|ttclid|twclid|li_fat_id|epik|ScCid|rdt_cid|yclid|irclickid)=/i
      .test(location.search + location.hash) &&
    document.referrer !== '' && !document.referrer.startsWith(location.origin + '/');
  const longest = () => (decorated() ? day : 7 * day);
  const written = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
  const shortened = (text) => {
    const parts = text.split(';');
    const value = (name) => parts.slice(1).map((part) => part.trim().split('='))
      .findLast(([key]) => key.toLowerCase() === name)?.[1];
    const age = value('max-age'), expires = value('expires');
    if (age === undefined && expires === undefined) return text;
    const seconds = age === undefined ? (Date.parse(expires) - Date.now()) / 1000 : Number(age);
    return seconds > longest() ? `${text}; max-age=${longest()}` : text;
  };
  if (written?.set) {
    Object.defineProperty(Document.prototype, 'cookie', {
      ...written,
      set(text) { written.set.call(this, shortened(String(text))); },
    });
  }
  const set = globalThis.CookieStore?.prototype.set;
  if (set) {
    CookieStore.prototype.set = function (first, ...rest) {
      const end = Date.now() + longest() * 1000;
      const long = typeof first === 'object' && first !== null && first.expires > end;
      return set.call(this, long ? { ...first, expires: end } : first, ...rest);
    };
  }
})();
