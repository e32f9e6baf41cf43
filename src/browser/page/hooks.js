// Records what the page asks its tags for (`dataLayer.push`, `fbq(…)`, form
// submits, …) and reports it as JSON text through a CDP binding.
//
// One expression, a function of `{binding, layers}`; it runs in the main world
// of every frame before any script of the page.
//
// It deliberately defines nothing on `window` in advance: a page that asks
// whether `fbq` exists must get the answer it would get without us. Globals
// are found late, at checkpoints that cost next to nothing, their queues are
// read, and only then are they wrapped. It reads form fields' names, never
// their values, and it does not interpret any call.
//
// The page is hostile: everything that it could replace is taken before it
// runs, no getter, `toJSON` or iterator of the page is run, and every text and
// loop has a bound.
(config) => {
  "use strict";

  const root = globalThis;
  const send = root[config.binding];
  if (typeof send !== "function") return;

  const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const { isExtensible, ownKeys } = Reflect;
  const { isArray } = Array;
  const { isFinite } = Number;
  const ProxyOf = Proxy;
  const ErrorOf = Error;
  const WeakSetOf = WeakSet;
  const { captureStackTrace } = Error;
  const uncurry = Function.prototype.bind.bind(Function.prototype.call);
  const { stringify } = JSON;
  const json = (value) => stringify(typeof value === "string" ? wellFormed(value) : value);
  const hasOwn = uncurry(Object.prototype.hasOwnProperty);
  const tagOf = uncurry(Object.prototype.toString);
  const indexOf = uncurry(String.prototype.indexOf);
  const slice = uncurry(String.prototype.slice);
  const charCodeAt = uncurry(String.prototype.charCodeAt);
  const lower = uncurry(String.prototype.toLowerCase);
  // A lone surrogate would be no JSON to a strict reader.
  const wellFormed = uncurry(String.prototype.toWellFormed);
  const sourceOf = uncurry(Function.prototype.toString);
  const weakHas = uncurry(WeakSet.prototype.has);
  const weakAdd = uncurry(WeakSet.prototype.add);
  const getter = (type, key) => {
    const found = type && getOwnPropertyDescriptor(type.prototype, key);
    return found && found.get ? uncurry(found.get) : () => undefined;
  };
  const method = (type, key) => (type ? uncurry(type.prototype[key]) : () => undefined);
  const isoDate = uncurry(Date.prototype.toISOString);
  const boxed = {
    __proto__: null,
    "[object String]": uncurry(String.prototype.valueOf),
    "[object Number]": uncurry(Number.prototype.valueOf),
    "[object Boolean]": uncurry(Boolean.prototype.valueOf),
  };
  const bigText = uncurry(BigInt.prototype.toString);
  const hrefOf = getter(root.URL, "href");
  const typedArrays = getPrototypeOf(Uint8Array);
  const typedTag = uncurry(getOwnPropertyDescriptor(typedArrays.prototype, Symbol.toStringTag).get);
  const typedLength = uncurry(getOwnPropertyDescriptor(typedArrays.prototype, "length").get);
  const performanceOf = root.performance;
  const clock = uncurry(root.Performance.prototype.now);
  const origin = performanceOf.timeOrigin;
  const listen = uncurry(root.EventTarget.prototype.addEventListener);
  const pathOf = method(root.Event, "composedPath");
  const targetOf = getter(root.Event, "target");
  const nodeTypeOf = getter(root.Node, "nodeType");
  const nodeNameOf = getter(root.Node, "nodeName");
  const rootNodeOf = method(root.Node, "getRootNode");
  const attribute = method(root.Element, "getAttribute");
  const matches = method(root.Element, "matches");
  const scriptSource = getter(root.HTMLScriptElement, "src");
  const scriptsOf = getter(root.Document, "scripts");
  const collectionLength = getter(root.HTMLCollection, "length");
  const listLength = getter(root.NodeList, "length");
  const formAction = getter(root.HTMLFormElement, "action");
  const formMethod = getter(root.HTMLFormElement, "method");
  const formElements = getter(root.HTMLFormElement, "elements");
  const addedNodes = getter(root.MutationRecord, "addedNodes");
  const mutated = getter(root.MutationRecord, "target");
  const observe = method(root.MutationObserver, "observe");
  const observeTimeline = method(root.PerformanceObserver, "observe");
  const post = method(root.MessagePort, "postMessage");

  deleteProperty(root, config.binding);

  // ---- Values as JSON text -------------------------------------------------

  // A call's arguments take at most 64 KiB of UTF-8, brackets and keys included.
  const BUDGET = 64000;
  const DEPTH = 8;
  let left = 0;
  let trail = null;

  function quoted(text) {
    const length = text.length;
    let cost = 2;
    let at = 0;
    for (; at < length; at++) {
      const code = charCodeAt(text, at);
      cost += code < 32 ? 6 : code > 127 ? 3 : code === 34 || code === 92 ? 2 : 1;
      if (cost > left) break;
    }
    left -= cost;
    if (at < length) return json(slice(text, 0, at) + "…[cut]");
    return json(text);
  }

  // The value of a data property; what would run a getter is told as such.
  function own(object, key) {
    const found = getOwnPropertyDescriptor(object, key);
    if (found === undefined) return undefined;
    return hasOwn(found, "value") ? found.value : "[getter]";
  }

  function listText(list, depth) {
    const length = own(list, "length");
    let out = "[";
    for (let at = 0; at < length; at++) {
      if (left <= 0) {
        out += (at ? "," : "") + '"[cut]"';
        break;
      }
      left -= 1;
      out += (at ? "," : "") + valueText(own(list, at), depth);
    }
    return out + "]";
  }

  function objectText(object, depth) {
    const keys = ownKeys(object);
    let out = "{";
    let first = true;
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at];
      if (typeof key !== "string") continue;
      const found = getOwnPropertyDescriptor(object, key);
      if (found === undefined || !hasOwn(found, "enumerable") || !found.enumerable) continue;
      if (left <= 0) {
        out += (first ? "" : ",") + '"[cut]":true';
        break;
      }
      left -= 2;
      out += (first ? "" : ",") + quoted(key) + ":" + valueText(hasOwn(found, "value") ? found.value : "[getter]", depth);
      first = false;
    }
    return out + "}";
  }

  function valueText(value, depth) {
    switch (typeof value) {
      case "string":
        return quoted(value);
      case "number":
        left -= 8;
        return isFinite(value) ? json(value) : quoted("[" + value + "]");
      case "boolean":
        left -= 5;
        return value ? "true" : "false";
      case "bigint":
        return quoted(bigText(value) + "n");
      case "object":
        break;
      default:
        return quoted("[" + typeof value + "]");
    }
    if (value === null) {
      left -= 4;
      return "null";
    }
    for (let up = trail; up !== null; up = up.next) {
      if (up.value === value) return quoted("[cycle]");
    }
    if (depth > DEPTH) return quoted("[deeper]");
    left -= 2;
    const outer = trail;
    trail = { __proto__: null, value, next: outer };
    try {
      return compoundText(value, depth + 1);
    } catch {
      return quoted("[unreadable]");
    } finally {
      trail = outer;
    }
  }

  function compoundText(value, depth) {
    if (isArray(value)) return listText(value, depth);
    const typed = typedTag(value);
    if (typed !== undefined) return quoted("[" + typed + "(" + typedLength(value) + ")]");
    const tag = tagOf(value);
    switch (tag) {
      case "[object Object]":
        return objectText(value, depth);
      case "[object Arguments]":
        return listText(value, depth);
      case "[object Date]":
        try {
          return quoted(isoDate(value));
        } catch {
          return quoted("[Invalid Date]");
        }
      case "[object URL]":
        return quoted(hrefOf(value));
      case "[object Error]": {
        const message = own(value, "message");
        return quoted("[Error: " + (typeof message === "string" ? message : "") + "]");
      }
      case "[object String]":
      case "[object Number]":
      case "[object Boolean]":
        return valueText(boxed[tag](value), depth);
      default:
        return quoted(slice(tag, 0, 100));
    }
  }

  function argsText(list) {
    left = BUDGET;
    trail = null;
    try {
      return listText(list, 0);
    } catch {
      return '["[unreadable]"]';
    }
  }

  // ---- Stacks and messages -------------------------------------------------

  // A page that floods its data layer keeps its speed: beyond this many calls
  // in a second stacks are left out and calls are sent many at a time; beyond
  // the limit of a document nothing more is reported but that fact.
  const CALM_CALLS_A_SECOND = 200;
  const CALLS_A_DOCUMENT = 50000;
  const FRAMES = 40;
  let windowStart = 0;
  let windowCalls = 0;
  let calls = 0;

  const now = () => origin + clock(performanceOf);

  // Sets a data property of `Error` for a moment, so that no page code formats
  // our stack; answers what to put back, or `false` when it cannot be done.
  function lend(key, value) {
    const before = getOwnPropertyDescriptor(ErrorOf, key);
    if (before === undefined) return value === undefined ? null : false;
    if (!hasOwn(before, "value") || !before.writable) return false;
    if (before.value === value) return null;
    defineProperty(ErrorOf, key, { __proto__: null, value });
    return { __proto__: null, value: before.value };
  }

  function stackText(above) {
    const formatter = lend("prepareStackTrace", undefined);
    if (formatter === false) return null;
    const limit = lend("stackTraceLimit", FRAMES);
    try {
      const holder = { __proto__: null };
      captureStackTrace(holder, above);
      return framesOf(holder.stack);
    } catch {
      return null;
    } finally {
      if (limit) defineProperty(ErrorOf, "stackTraceLimit", limit);
      if (formatter) defineProperty(ErrorOf, "prepareStackTrace", formatter);
    }
  }

  // Only the frames, without ours.
  function framesOf(text) {
    if (typeof text !== "string") return null;
    let out = "";
    let from = 0;
    while (from < text.length && out.length < 16000) {
      let to = indexOf(text, "\n", from);
      if (to < 0) to = text.length;
      const line = slice(text, from, to);
      from = to + 1;
      if (indexOf(line, "    at ") !== 0 || indexOf(line, "pixelproof-hooks.js") >= 0) continue;
      out += (out === "" ? "" : "\n") + slice(line, 0, 2000);
    }
    return out === "" ? null : out;
  }

  function report(name, args, at, above) {
    calls += 1;
    if (calls > CALLS_A_DOCUMENT) {
      if (calls === CALLS_A_DOCUMENT + 1) deliver('{"t":"limit","at":' + at + ',"calls":' + CALLS_A_DOCUMENT + "}");
      return;
    }
    if (at - windowStart > 1000) {
      windowStart = at;
      windowCalls = 0;
    }
    windowCalls += 1;
    const flood = windowCalls > CALM_CALLS_A_SECOND;
    const stack = typeof above === "function" && !flood ? stackText(above) : null;
    const text =
      '{"t":"call","name":' + json(name) + ',"args":' + args + ',"at":' + at +
      ',"stack":' + (stack === null ? "null" : json(stack)) +
      (above === QUEUED ? ',"queued":true}' : "}");
    if (!flood) {
      deliver(text);
      return;
    }
    batch += (batch === "" ? "" : ",") + text;
    if (batch.length > BATCH) deliver("");
    else later();
  }

  const QUEUED = 1;
  const BATCH = 200000;
  let batch = "";

  function deliver(text) {
    if (bursts !== null) endBursts();
    try {
      if (batch !== "") {
        const calls = batch;
        batch = "";
        send('{"t":"calls","calls":[' + calls + "]}");
      }
      if (text !== "") send(text);
    } catch {
      // The context is going away; there is nobody left to tell.
    }
  }

  // ---- What is watched -----------------------------------------------------

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
  watch("function", "fbq", { queue: "queue", alias: "_fbq" });
  watch("function", "pintrk", { queue: "queue" });
  watch("function", "snaptr", { queue: "queue" });
  watch("function", "rdt", { queue: "callQueue" });
  watch("function", "twq", { queue: "queue" });
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
      if (entry.lexical === undefined) return;
      value = entry.lexical();
    } else if (hasOwn(found, "value")) {
      value = found.value;
    } else {
      return;
    }
    if (entry.kind === "function") {
      if (typeof value !== "function") return;
      drainQueue(entry, value);
      if (value !== entry.last) wrapFunction(entry, value, found);
      return;
    }
    if (value === null || (typeof value !== "object" && typeof value !== "function")) return;
    if (value !== entry.last) {
      entry.last = value;
      entry.length = 0;
    }
    if (found === undefined && !isArray(value)) return;
    if (isArray(value)) drain(entry, value);
    if (entry.kind === "methods") wrapMethods(entry, value);
    else wrapPush(entry, value);
  }

  // ---- Queues --------------------------------------------------------------

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

  // ---- Wrapping ------------------------------------------------------------

  // Notes a call on its way through a wrapper. When the page, or a vendor's
  // library, replaced a function and calls the wrapped one through, the inner
  // wrapper finds the same arguments in flight and keeps silent.
  function enter(entry, wrapper, name, args, above) {
    const text = argsText(args);
    let again = false;
    if (entry.current !== wrapper) {
      for (let flight = entry.flight; flight !== null && !again; flight = flight.next) {
        again = flight.name === name && (alike(flight.args, args) || flight.text === text);
      }
    }
    if (!again) {
      if (entry.kind === "layer") reportPush(entry, name, args, text, above);
      else report(name, text, now(), above);
    }
    entry.flight = { __proto__: null, name, args, text, next: entry.flight };
  }

  function leave(entry) {
    entry.flight = entry.flight.next;
  }

  function alike(one, other) {
    if (one.length !== other.length) return false;
    for (let at = 0; at < one.length; at++) {
      if (own(one, at) !== own(other, at)) return false;
    }
    return true;
  }

  function reportPush(entry, name, args, text, above) {
    let plain = 0;
    for (let at = 0; at < args.length; at++) if (!isArguments(args[at])) plain += 1;
    if (plain === args.length) {
      report(name, text, now(), above);
      return;
    }
    for (let at = 0; at < args.length; at++) {
      const item = args[at];
      if (!isArguments(item)) {
        report(name, argsText([item]), now(), above);
        continue;
      }
      let again = false;
      for (let flight = gtag.flight; flight !== null && !again; flight = flight.next) {
        again = alike(flight.args, item);
      }
      if (!again) report("gtag", argsText(item), now(), above);
    }
  }

  function wrapFunction(entry, target, found) {
    entry.last = target;
    if (weakHas(ours, target)) {
      entry.current = target;
      return;
    }
    // Writing to a frozen function fails with other words behind a proxy, so
    // only its queue is read.
    if (!found.writable || !isExtensible(target)) return;
    // The usual gtag only feeds the data layer, where it is seen with a
    // shorter stack; it can stay as it is.
    if (entry.name === "gtag" && indexOf(slice(sourceOf(target), 0, 500), "push(arguments)") >= 0) return;
    const alias = entry.alias === undefined ? undefined : getOwnPropertyDescriptor(root, entry.alias);
    const twin = alias !== undefined && hasOwn(alias, "value") && alias.value === target;
    if (twin && !alias.writable) return;
    const self = getOwnPropertyDescriptor(target, "push");
    const itself = self !== undefined && hasOwn(self, "value") && self.value === target;
    if (itself && !self.writable) return;

    const trap = (callee, receiver, args) => {
      let before = -1;
      let again = false;
      let queue;
      try {
        queue = queueOf(entry, target);
        if (queue !== undefined) {
          drain(entry, queue);
          before = entry.length;
        }
        again = (entry.waiting !== null || entry.taken !== null) && replayed(entry, queue, argsText(args));
        if (!again) enter(entry, proxy, entry.name, args, trap);
      } catch {
        return apply(callee, receiver, args);
      }
      try {
        return apply(callee, receiver, args);
      } finally {
        if (!again) leave(entry);
        try {
          if (before >= 0 && queueOf(entry, target) === queue) {
            skip(entry, queue, before);
            mirrorMore(entry, queue, before);
          }
        } catch {
          // As above.
        }
      }
    };
    const proxy = new ProxyOf(target, { __proto__: null, apply: trap });
    weakAdd(ours, proxy);
    root[entry.name] = proxy;
    if (twin) root[entry.alias] = proxy;
    if (itself) target.push = proxy;
    entry.last = proxy;
    entry.current = proxy;
  }

  function inherited(object, key) {
    for (let up = getPrototypeOf(object), steps = 0; up !== null && steps < 20; up = getPrototypeOf(up), steps++) {
      const found = getOwnPropertyDescriptor(up, key);
      if (found !== undefined) return hasOwn(found, "value") ? found.value : undefined;
    }
    return undefined;
  }

  // Puts a wrapper where `holder[key]` is, without changing what a loop over
  // its properties finds.
  function install(holder, key, wrap) {
    const found = getOwnPropertyDescriptor(holder, key);
    if (found !== undefined) {
      if (!hasOwn(found, "value") || typeof found.value !== "function") return undefined;
      if (weakHas(ours, found.value)) return found.value;
      if (!found.writable) return undefined;
      const proxy = wrap(found.value, false);
      defineProperty(holder, key, { __proto__: null, value: proxy });
      return proxy;
    }
    const above = inherited(holder, key);
    if (typeof above !== "function" || !isExtensible(holder)) return undefined;
    const proxy = wrap(above, true);
    defineProperty(holder, key, {
      __proto__: null, value: proxy, writable: true, configurable: true, enumerable: false,
    });
    return proxy;
  }

  function wrapPush(entry, holder) {
    const proxy = install(holder, "push", (target, fromAbove) => {
      const trap = (callee, receiver, args) => {
        // A page may replace `Array.prototype.push` at any time.
        const now = fromAbove ? inherited(holder, "push") : callee;
        const real = typeof now === "function" ? now : callee;
        if (receiver !== holder && receiver !== undefined && receiver !== null) {
          // `dataLayer.push.call(other, …)`: no push to this layer, unless a
          // library passes it on detached from its array.
          if (isArray(receiver)) return apply(real, receiver, args);
        }
        try {
          if (isArray(holder)) drain(entry, holder);
          enter(entry, made, entry.name + ".push", args, trap);
          for (let at = 0; at < args.length; at++) remember(args[at]);
        } catch {
          return apply(real, receiver, args);
        }
        try {
          return apply(real, receiver, args);
        } finally {
          leave(entry);
          try {
            if (entry.last === holder && isArray(holder)) settle(entry, holder, args.length);
          } catch {
            // As above.
          }
        }
      };
      const made = new ProxyOf(target, { __proto__: null, apply: trap });
      weakAdd(ours, made);
      return made;
    });
    if (proxy !== undefined) entry.current = proxy;
  }

  // After a push only the pushed items are new, unless the library behind it
  // replaced them by others.
  function settle(entry, list, pushed) {
    const length = own(list, "length");
    for (let at = length - pushed < 0 ? 0 : length - pushed; at < length; at++) remember(own(list, at));
    entry.length = length;
  }

  function wrapMethods(entry, holder) {
    let loaded = 0;
    for (let at = 0; at < TTQ.length; at++) if (wrapMethod(entry, holder, TTQ[at])) loaded += 1;
    const extra = own(holder, "methods");
    if (isArray(extra)) {
      const length = own(extra, "length");
      for (let at = 0; at < length && at < 50; at++) {
        const name = own(extra, at);
        if (typeof name === "string") wrapMethod(entry, holder, name);
      }
    }
    const instances = own(holder, "_i");
    if (loaded === 0 || typeof instances !== "object" || instances === null) return;
    const ids = ownKeys(instances);
    for (let at = 0; at < ids.length && at < 20; at++) {
      const queue = own(instances, ids[at]);
      if (typeof ids[at] !== "string" || !isArray(queue)) continue;
      if (!weakHas(seen, queue)) {
        weakAdd(seen, queue);
        // `load` leaves no item in the queue, but an entry here.
        if (!entry.loads || !entry.loads[ids[at]]) report(entry.name + ".load", argsText([ids[at]]), now(), QUEUED);
      }
      drain({ __proto__: null, kind: "methods", name: entry.name, length: 0 }, queue);
    }
  }

  function wrapMethod(entry, holder, name) {
    const full = entry.name + "." + name;
    return install(holder, name, (target, fromAbove) => {
      const trap = (callee, receiver, args) => {
        const now = fromAbove ? inherited(holder, name) : callee;
        const real = typeof now === "function" ? now : callee;
        const list = isArray(holder) ? holder : undefined;
        const main = holder === entry.last;
        let before = 0;
        try {
          if (list !== undefined) {
            if (main) drain(entry, list);
            before = own(list, "length");
          }
          if (name === "load" && typeof args[0] === "string") {
            entry.loads = { ...entry.loads, __proto__: null, [args[0]]: true };
          }
          if (name !== "instance") enter(entry, made, full, args, trap);
        } catch {
          return apply(real, receiver, args);
        }
        let result;
        try {
          result = apply(real, receiver, args);
        } finally {
          try {
            if (name !== "instance") leave(entry);
            if (list !== undefined && main) skip(entry, list, before);
            else if (list !== undefined) skip({ __proto__: null, length: 0 }, list, before);
          } catch {
            // As above.
          }
        }
        if (name === "instance" && typeof result === "object" && result !== null) {
          try {
            for (let at = 0; at < TTQ.length - 1; at++) wrapMethod(entry, result, TTQ[at]);
          } catch {
            // As above.
          }
        }
        return result;
      };
      const made = new ProxyOf(target, { __proto__: null, apply: trap });
      weakAdd(ours, made);
      return made;
    }) !== undefined;
  }

  // ---- Forms ---------------------------------------------------------------

  const nameOf = (element) => {
    const name = attribute(element, "name");
    return typeof name === "string" ? slice(name, 0, 200) : "";
  };

  function labelsOf(form) {
    return {
      __proto__: null,
      action: slice(formAction(form) || "", 0, 2048),
      method: lower(formMethod(form) || ""),
      id: attribute(form, "id") || "",
      name: nameOf(form),
    };
  }

  function namesText(form) {
    const elements = formElements(form);
    const length = collectionLength(elements);
    let out = "[";
    for (let at = 0; at < length && at < 200; at++) {
      const name = nameOf(elements[at]);
      if (name !== "") out += (out === "[" ? "" : ",") + json(name);
    }
    return out + "]";
  }

  function formText(form, more) {
    const { action, method: verb, id, name } = labelsOf(form);
    return (
      '[{"action":' + json(action) + ',"method":' + json(verb) +
      ',"id":' + json(slice(id, 0, 200)) + ',"name":' + json(name) + more + "}]"
    );
  }

  function onSubmit(event) {
    try {
      const form = targetOf(event);
      check();
      const valid = !matches(form, ":invalid");
      report("form.submit", formText(form, ',"valid":' + valid + ',"fields":' + namesText(form)), now(), null);
    } catch {
      // Not a form: a page may dispatch what it likes.
    }
  }

  // One refused submit fires one `invalid` for each field, in one go; they are
  // told as one call.
  let bursts = null;

  function onInvalid(event) {
    try {
      const field = targetOf(event);
      const form = formOf(field);
      if (!form) return;
      const name = json(nameOf(field) || slice(attribute(field, "id") || "", 0, 200));
      let last = null;
      for (let burst = bursts; burst !== null; burst = burst.next) {
        last = burst;
        if (burst.form !== form) continue;
        // The same field once more: a second attempt.
        if (weakHas(burst.told, field)) {
          endBursts();
          last = null;
          break;
        }
        weakAdd(burst.told, field);
        if (burst.count < 200) burst.names += "," + name;
        burst.count += 1;
        return;
      }
      const told = new WeakSetOf();
      weakAdd(told, field);
      const burst = { __proto__: null, form, told, names: name, count: 1, at: now(), next: null };
      if (last === null) bursts = burst;
      else last.next = burst;
      later();
    } catch {
      // As above.
    }
  }

  const formGetters = [
    root.HTMLInputElement, root.HTMLSelectElement, root.HTMLTextAreaElement, root.HTMLButtonElement,
    root.HTMLFieldSetElement, root.HTMLOutputElement, root.HTMLObjectElement,
  ];
  for (let at = 0; at < formGetters.length; at++) formGetters[at] = getter(formGetters[at], "form");

  function formOf(field) {
    for (let at = 0; at < formGetters.length; at++) {
      try {
        const form = formGetters[at](field);
        if (form) return form;
      } catch {
        // Not this kind of field.
      }
    }
    return null;
  }

  function endBursts() {
    let burst = bursts;
    bursts = null;
    for (; burst !== null; burst = burst.next) {
      report("form.invalid", formText(burst.form, ',"fields":[' + burst.names + "]"), burst.at, null);
    }
  }

  // What a handler defines is looked at once the event is over.
  let waiting = false;

  function later() {
    if (waiting) return;
    waiting = true;
    post(turn.port1, 0);
  }

  const turn = new root.MessageChannel();
  listen(turn.port2, "message", () => {
    waiting = false;
    if (bursts !== null) endBursts();
    if (batch !== "") deliver("");
    check();
  });
  method(root.MessagePort, "start")(turn.port2);

  // ---- Checkpoints ---------------------------------------------------------

  // The name of a data layer that is not `dataLayer` stands in the address of
  // the library that reads it.
  function readSource(script) {
    const source = scriptSource(script);
    if (typeof source !== "string" || source === "") return;
    if (indexOf(source, "gtm.js") < 0 && indexOf(source, "gtag/js") < 0 && indexOf(source, "id=GTM-") < 0 && indexOf(source, "id=G-") < 0) return;
    let from = indexOf(source, "&l=");
    if (from < 0) from = indexOf(source, "?l=");
    if (from < 0) return;
    let to = from + 3;
    for (; to < source.length; to++) {
      const code = charCodeAt(source, to);
      if (code === 38 || code === 35) break;
    }
    watchLayer(slice(source, from + 3, to));
  }

  function readScript(node) {
    const name = nodeNameOf(node);
    if (name === "SCRIPT" || name === "script") readSource(node);
  }

  function onMutation(records) {
    try {
      const count = own(records, "length");
      const many = count > 2000;
      for (let at = 0; at < count && !many; at++) {
        const record = own(records, at);
        if (mutated(record) === root.document) arm();
        const nodes = addedNodes(record);
        const length = listLength(nodes);
        for (let index = 0; index < length && index < 1000; index++) readScript(nodes[index]);
      }
      if (many) {
        arm();
        const scripts = scriptsOf(root.document);
        const length = collectionLength(scripts);
        for (let at = 0; at < length && at < 1000; at++) readSource(scripts[at]);
      }
    } catch {
      // A document without scripts; nothing to read.
    }
    check();
  }

  // `submit` and `invalid` do not leave a shadow root; a person's events do,
  // and tell which roots there are.
  function onInput(event) {
    onMoment();
    try {
      const path = pathOf(event);
      const inner = path === undefined ? undefined : own(path, 0);
      if (inner === undefined || inner === root || nodeTypeOf(inner) === undefined) return;
      const home = rootNodeOf(inner);
      if (home === root.document || nodeTypeOf(home) !== 11) return;
      listen(home, "submit", onSubmit, capture);
      listen(home, "invalid", onInvalid, capture);
    } catch {
      // Not a node.
    }
  }

  function onMoment() {
    check();
    if (batch !== "" || bursts !== null) deliver("");
    later();
  }

  function onLoad(event) {
    try {
      readScript(targetOf(event));
    } catch {
      // Not a node.
    }
    check();
  }

  const capture = { __proto__: null, capture: true, passive: true };
  const inputs = ["pointerdown", "mousedown", "click", "keydown", "input", "change", "focusin"];
  const moments = [
    "DOMContentLoaded", "load", "pageshow", "pagehide", "visibilitychange", "message",
    "popstate", "hashchange", config.binding,
  ];

  // The same listener is never added twice, so this may run at any time; it
  // must run again after `document.open`, which drops every listener.
  function arm() {
    for (let at = 0; at < inputs.length; at++) listen(root, inputs[at], onInput, capture);
    for (let at = 0; at < moments.length; at++) listen(root, moments[at], onMoment, capture);
    listen(root, "submit", onSubmit, capture);
    listen(root, "invalid", onInvalid, capture);
    listen(root.document, "load", onLoad, capture);
    listen(root.document, "error", onLoad, capture);
    listen(root.document, "readystatechange", check, capture);
  }

  const observer = new root.MutationObserver(onMutation);
  observe(observer, root.document, { __proto__: null, childList: true, subtree: true });
  if (root.PerformanceObserver) {
    const timeline = new root.PerformanceObserver(check);
    observeTimeline(timeline, { __proto__: null, type: "resource" });
  }
  arm();
}
//# sourceURL=pixelproof-hooks.js
