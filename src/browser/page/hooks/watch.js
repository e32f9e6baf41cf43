// The globals that are watched, how a new value is noticed, and what waits in
// their queues. It changes nothing on the page; that is in wrap.js.

  // Items of a queue that were reported, so that none is reported twice.
  const seen = new WeakSet();
  const ours = new WeakSet();
  const known = (item) => typeof item === "object" && item !== null && weakHas(seen, item);
  const remember = (item) => {
    if (typeof item === "object" && item !== null) weakAdd(seen, item);
  };

  // A linked list: an array of ours could be reached through setters that a
  // page may define on `Array.prototype`.
  let watched = null;
  let gtag = null;

  function watch(kind, name, more) {
    watched = {
      __proto__: null,
      kind, name,
      queue: undefined, alias: undefined, lexical: undefined,
      last: undefined, current: undefined, length: 0, flight: null, waiting: null, tail: null, taken: null, loads: undefined,
      real: undefined, state: "absent",
      ...more,
      next: watched,
    };
    return watched;
  }

  function watchLayer(name, lexical) {
    if (typeof name !== "string" || name === "" || name.length > 100) return;
    let count = 0;
    for (let entry = watched; entry !== null; entry = entry.next) {
      if (entry.name === name) return;
      count += 1;
    }
    if (count < 40) watch("layer", name, { lexical });
  }

  // `const dataLayer = …` in a classic script is no property of `window`, but
  // any script can name it. An unset name gives `undefined`, one not yet
  // initialised throws.
  /* global dataLayer, uetq, _paq, ttq */
  watchLayer("dataLayer", () => (typeof dataLayer === "undefined" ? undefined : dataLayer));
  for (let at = 0; at < config.layers.length; at++) watchLayer(config.layers[at]);
  gtag = watch("function", "gtag");
  watch("function", "fbq", { queue: "queue", alias: "_fbq", real: "callMethod" });
  watch("function", "pintrk", { queue: "queue" });
  watch("function", "snaptr", { queue: "queue", real: "handleRequest" });
  watch("function", "rdt", { queue: "callQueue", real: "sendEvent" });
  watch("function", "twq", { queue: "queue", real: "exe" });
  watch("push", "uetq", { lexical: () => (typeof uetq === "undefined" ? undefined : uetq) });
  watch("push", "_paq", { lexical: () => (typeof _paq === "undefined" ? undefined : _paq) });
  watch("methods", "ttq", { lexical: () => (typeof ttq === "undefined" ? undefined : ttq) });

  const TTQ = [
    "page", "track", "identify", "instances", "debug", "on", "off", "once", "ready", "alias",
    "group", "enableCookie", "disableCookie", "holdConsent", "revokeConsent", "grantConsent",
    "load", "instance",
  ];

  let checking = false;

  function check() {
    if (checking) return;
    checking = true;
    for (let entry = watched; entry !== null; entry = entry.next) {
      try {
        look(entry);
      } catch {
        // A hostile object; the page goes on as it would.
      }
    }
    checking = false;
  }

  function look(entry) {
    const found = getOwnPropertyDescriptor(root, entry.name);
    let value;
    if (found === undefined) {
      value = entry.lexical === undefined ? undefined : entry.lexical();
    } else if (hasOwn(found, "value")) {
      value = found.value;
    } else {
      return;
    }
    if (value !== undefined || entry.state !== "absent") tellState(entry, value);
    if (entry.kind === "function") {
      if (typeof value !== "function") return;
      if (value !== entry.last && isOverwritten(entry, value)) {
        tell('{"t":"event","kind":"overwritten","target":' + json(entry.name) + ',"prevented":false,"stopped":false,"at":' + now() + "}");
      }
      drainQueue(entry, value);
      if (value !== entry.last) wrapFunction(entry, value, found);
      return;
    }
    if (value === null || (typeof value !== "object" && typeof value !== "function")) return;
    if (value !== entry.last) {
      if (entry.kind === "layer" && entry.last !== undefined) {
        tell('{"t":"event","kind":"replaced","target":' + json(entry.name) + ',"prevented":false,"stopped":false,"at":' + now() + "}");
      }
      entry.last = value;
      entry.length = 0;
    }
    if (found === undefined && !isArray(value)) return;
    if (isArray(value)) drain(entry, value);
    if (entry.kind === "methods") wrapMethods(entry, value);
    else wrapPush(entry, value);
  }


  // Reports the items that came in unseen. Items that are not objects are told
  // apart by their place only.
  function drain(entry, list) {
    const length = own(list, "length");
    if (length === entry.length && (length === 0 || known(own(list, length - 1)))) return;
    const from = length < entry.length ? length : entry.length;
    const start = length > 20000 ? length - 20000 : 0;
    entry.length = length;
    for (let at = start; at < length; at++) {
      const item = own(list, at);
      if (item === null || typeof item !== "object") {
        if (at >= from && entry.name === "uetq") at = reportFlat(list, at, length);
        else if (at >= from) reportItem(entry, item);
      } else if (!known(item)) {
        remember(item);
        reportItem(entry, item);
      }
    }
  }

  function reportItem(entry, item) {
    const at = now();
    if (entry.kind === "layer") {
      if (isArguments(item)) report("gtag", argsText(item), at, QUEUED);
      else report(entry.name + ".push", argsText([item]), at, QUEUED);
    } else if (entry.kind === "push") {
      report(entry.name + ".push", argsText([item]), at, QUEUED);
    } else if (entry.kind === "methods") {
      const name = isArray(item) ? own(item, 0) : undefined;
      if (typeof name !== "string") return;
      report(entry.name + "." + slice(name, 0, 100), argsText(rest(item, 1)), at, QUEUED);
    } else {
      report(entry.name, argsText(isArray(item) || isArguments(item) ? item : [item]), at, QUEUED);
    }
  }

  // `uetq.push('event', 'signup', {…})` leaves three items in a plain array.
  function reportFlat(list, from, length) {
    const word = own(list, from);
    let to = from + 1;
    if (word === "event" || word === "consent") {
      if (to < length && typeof own(list, to) === "string") to += 1;
    }
    if (word !== "pageLoad" || to < length) {
      const value = to < length ? own(list, to) : undefined;
      if (typeof value === "object" && value !== null && !known(value)) {
        remember(value);
        to += 1;
      }
    }
    const args = [];
    for (let at = from; at < to; at++) defineProperty(args, at - from, cell(own(list, at)));
    report("uetq.push", argsText(args), now(), QUEUED);
    return to - 1;
  }

  const cell = (value) => ({ __proto__: null, value, writable: true, enumerable: true, configurable: true });

  function rest(list, from) {
    const out = [];
    const length = own(list, "length");
    for (let at = from; at < length && at < from + 100; at++) defineProperty(out, at - from, cell(own(list, at)));
    return out;
  }

  function isArguments(item) {
    return typeof item === "object" && item !== null && !isArray(item) && tagOf(item) === "[object Arguments]";
  }

  function queueOf(entry, holder) {
    const queue = entry.queue === undefined ? undefined : own(holder, entry.queue);
    return isArray(queue) ? queue : undefined;
  }

  function drainQueue(entry, holder) {
    const queue = queueOf(entry, holder);
    if (queue !== undefined) drain(entry, queue);
    mirror(entry, queue);
  }

  // A library may take the stub's queue and hand each item to the function
  // that we have wrapped: the same call, not another one. `waiting` is the
  // queue as it was; what has gone from it since the last checkpoint may come
  // again once.
  function mirror(entry, queue) {
    entry.taken = null;
    entry.waiting = null;
    const length = queue === undefined ? 0 : own(queue, "length");
    for (let at = (length < 500 ? length : 500) - 1; at >= 0; at--) {
      entry.waiting = { __proto__: null, item: own(queue, at), next: entry.waiting };
      if (entry.waiting.next === null) entry.tail = entry.waiting;
    }
  }

  function mirrorMore(entry, queue, before) {
    const length = own(queue, "length");
    for (let at = before; at < length; at++) {
      const node = { __proto__: null, item: own(queue, at), next: null };
      if (entry.waiting === null) entry.waiting = node;
      else entry.tail.next = node;
      entry.tail = node;
    }
  }

  function replayed(entry, queue, text) {
    const first = queue === undefined ? undefined : own(queue, 0);
    while (entry.waiting !== null && entry.waiting.item !== first) {
      const { item, next } = entry.waiting;
      if (known(item)) entry.taken = { __proto__: null, text: argsText(item), next: entry.taken };
      entry.waiting = next;
    }
    for (let node = entry.taken, before = null; node !== null; before = node, node = node.next) {
      if (node.text !== text) continue;
      if (before === null) entry.taken = node.next;
      else before.next = node.next;
      return true;
    }
    return false;
  }

  // What a wrapped call has just put into a queue was reported by the wrapper.
  function skip(entry, list, before) {
    const length = own(list, "length");
    for (let at = before < length ? before : 0; at < length; at++) remember(own(list, at));
    entry.length = length;
  }
