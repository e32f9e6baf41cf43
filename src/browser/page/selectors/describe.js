// Elements in words for messages: bounded, without control characters, and never
// with what somebody typed.

  // eslint-disable-next-line no-control-regex
  const clean = (text, limit) => {
    const plain = squeeze(String(text).replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, " "));
    const letters = [...plain.slice(0, limit * 2 + 2)];
    return letters.length > limit ? `${letters.slice(0, limit).join("")}…` : plain;
  };

  // Text of the page without anything that a person may have typed.
  function safeText(element) {
    if (/^(textarea|select|option)$/.test(tagOf(element)) || editableBox(element)) return "";
    if (tagOf(element) === "input") return "";
    let text = "";
    const nodes = [element];
    for (let count = 0; nodes.length > 0 && count < 200 && text.length < 200; count++) {
      const node = nodes.shift();
      if (typeOf(node) === Node.TEXT_NODE) text += node.data;
      if (typeOf(node) !== Node.ELEMENT_NODE || SILENT.has(tagOf(node))) continue;
      if (/^(textarea|select|input)$/.test(tagOf(node)) || editableBox(node)) continue;
      nodes.unshift(...childNodesOf(shadowOf(node) ?? node));
    }
    return clean(text, 40);
  }

  const TOLD = ["id", "name", "type", "role", "aria-label", "data-testid", "placeholder", "class"];

  function describe(element) {
    const tag = clean(tagOf(element), 40);
    let text = `<${tag}`;
    for (const name of TOLD) {
      const value = clean(attribute(element, name) ?? "", 40);
      if (value) text += ` ${name}="${value.replaceAll('"', "'")}"`;
    }
    if (tag === "input" && BUTTONS.has(element.type)) {
      const value = clean(attribute(element, "value") ?? "", 40);
      if (value) text += ` value="${value.replaceAll('"', "'")}"`;
    }
    if (tag === "a") {
      const href = clean((attribute(element, "href") ?? "").split(/[?#]/)[0], 60);
      if (href) text += ` href="${href.replaceAll('"', "'")}"`;
    }
    const inner = safeText(element);
    return clean(inner ? `${text}>${inner}</${tag}>` : `${text}>`, 240);
  }

  const pairs = (text) => {
    const set = new Set();
    for (let at = 0; at + 1 < text.length; at++) set.add(text.slice(at, at + 2));
    return set;
  };

  function likeness(one, other) {
    let common = 0;
    for (const pair of one) if (other.has(pair)) common += 1;
    return one.size + other.size === 0 ? 0 : (2 * common) / (one.size + other.size);
  }

  function distance(one, other) {
    let row = Array.from({ length: other.length + 1 }, (_, at) => at);
    for (let at = 1; at <= one.length; at++) {
      const next = [at];
      for (let to = 1; to <= other.length; to++) {
        const cost = one[at - 1] === other[to - 1] ? 0 : 1;
        next.push(Math.min(next[to - 1] + 1, row[to] + 1, row[to - 1] + cost));
      }
      row = next;
    }
    return row[other.length];
  }

  const CANDIDATES = "a[href], button, input, select, textarea, summary, label, form, iframe, [role], [onclick], [tabindex], [contenteditable], [data-testid], [id]";

  function wordsOf(chains) {
    const words = [];
    for (const { kind, value, name, role } of chains.flat()) {
      if (kind === "aria") words.push(name, role);
      else if (kind === "text") words.push(value);
      else words.push(...(String(value).match(/[\p{L}\p{N}_-]{2,}/gu) ?? []));
    }
    return words.filter(Boolean).map((word) => squeeze(String(word)).toLowerCase().slice(0, 40)).filter(Boolean).slice(0, 12);
  }

  // Elements that resemble what was asked for; never their values.
  function nearest(chains, max) {
    const words = wordsOf(chains).map((word) => ({ word, pairs: pairs(word) }));
    if (words.length === 0) return [];
    const scored = [];
    let count = 0;
    for (const element of walk(document)) {
      if (!fits(element, CANDIDATES)) continue;
      if ((count += 1) > 5000) break;
      const own = ["id", "name", "data-testid", "aria-label", "placeholder", "title", "type"].map((key) => attribute(element, key));
      if (fits(element, "a, button, summary, label, [role], h1, h2, h3")) own.push(safeText(element));
      if (tagOf(element) === "input" && BUTTONS.has(element.type)) own.push(attribute(element, "value"));
      own.push(...[...classesOf(element)].slice(0, 5));
      let best = 0;
      const texts = own.filter(Boolean).map((text) => squeeze(text).toLowerCase().slice(0, 40));
      for (const text of texts) {
        const set = pairs(text);
        for (const word of words) best = Math.max(best, text === word.word ? 1 : likeness(set, word.pairs));
      }
      if (best > 0.3) scored.push({ element, best, texts });
    }
    scored.sort((one, other) => other.best - one.best);
    const close = scored.slice(0, 50).map((entry) => {
      let edits = 1;
      for (const text of entry.texts) {
        for (const { word } of words) edits = Math.min(edits, distance(text, word) / Math.max(text.length, word.length));
      }
      return { ...entry, edits, visible: shown(entry.element) };
    });
    close.sort((one, other) => one.edits - other.edits || Number(other.visible) - Number(one.visible));
    return close
      .filter(({ edits, best }) => edits <= 0.6 || best >= 0.6)
      .slice(0, max)
      .map(({ element, visible }) => describe(element) + (visible ? "" : " (not visible)"));
  }
