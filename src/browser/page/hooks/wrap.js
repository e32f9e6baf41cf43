// Puts wrappers where plain assignment can put them, and tells a call that
// passes through several of them once. It never redefines what is read-only.

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
