// When to look: mutations, loads, events of a person, and the end of each.
// There is no timer.

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
    if (name !== "SCRIPT" && name !== "script") return;
    readSource(node);
    tellHeld(node);
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
      const kind = typeOf(event);
      if (kind === "click" || kind === "change") follow(event);
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
  const bubble = { __proto__: null, capture: false, passive: true };
  const followed = ["click", "change", "submit"];
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
    for (let at = 0; at < followed.length; at++) listen(root, followed[at], onBack, bubble);
    listen(root, "pagehide", endEvents, capture);
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
