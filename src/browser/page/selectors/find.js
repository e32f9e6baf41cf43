// What a selector, a chain and a list of alternatives match, now. No waiting.

  function refuse(selector, error) {
    const reason = String(error.message).split("\n")[0].slice(0, 300);
    throw new SyntaxError(`malformed ${selector.kind} selector '${String(selector.value).slice(0, 300)}': ${reason}`);
  }

  function byCss(scope, selector) {
    try {
      return [...select(scope, selector.value)];
    } catch (error) {
      return refuse(selector, error);
    }
  }

  function byPierce(scope, selector) {
    const roots = [shadowOf(scope) ?? scope];
    for (const element of walk(scope)) if (shadowOf(element)) roots.push(shadowOf(element));
    return [...new Set(roots.flatMap((root) => byCss(root, selector)))];
  }

  function byXPath(scope, selector) {
    const found = [];
    try {
      
      const result = document.evaluate(selector.value, scope, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE);
      for (let at = 0; at < result.snapshotLength; at++) {
        const node = result.snapshotItem(at);
        const element = typeOf(node) === Node.ELEMENT_NODE ? node : parentElementOf(node) ?? node.ownerElement;
        if (element) found.push(element);
      }
    } catch (error) {
      refuse(selector, error);
    }
    return found;
  }

  const BUTTONS = new Set(["button", "submit", "reset"]);

  function byText(scope, selector) {
    const wanted = squeeze(selector.value);
    if (wanted === "") return [];
    const texts = new Map();
    const order = [...walk(scope)].filter((element) => !SILENT.has(tagOf(element)));
    const textOf = (element) => {
      if (tagOf(element) === "input") return BUTTONS.has(element.type) ? element.value : "";
      if (tagOf(element) === "textarea") return "";
      let text = "";
      for (const node of [...(shadowOf(element) ? childNodesOf(shadowOf(element)) : []), ...childNodesOf(element)]) {
        if (typeOf(node) === Node.TEXT_NODE) text += node.data;
        else if (texts.has(node)) text += texts.get(node);
      }
      return text;
    };
    // Children come after their parents in document order.
    for (let at = order.length - 1; at >= 0; at--) texts.set(order[at], textOf(order[at]));
    const holds = new Set(order.filter((element) => squeeze(texts.get(element)).includes(wanted)));
    const smallest = [...holds].filter((element) => !insides(element).some((inner) => holds.has(inner)));
    const visible = smallest.filter(shown);
    return visible.length > 0 ? visible : smallest;
  }

  function byAria(scope, selector) {
    const name = typeof selector.name === "string" ? squeeze(selector.name) : null;
    const role = typeof selector.role === "string" ? plainRole(selector.role) : null;
    const found = [];
    const hidden = new Map();
    const concealed = (element) => {
      if (hidden.has(element)) return hidden.get(element);
      const above = parentOf(element);
      const answer =
        attribute(element, "aria-hidden") === "true" ||
        getComputedStyle(element).display === "none" ||
        (above !== null && concealed(above));
      hidden.set(element, answer);
      return answer;
    };
    if (role === "statictext") {
      const all = typeOf(scope) === Node.ELEMENT_NODE ? [scope, ...walk(scope)] : [...walk(scope)];
      return all.filter((element) =>
        [...childNodesOf(element)].some((node) => {
          const text = typeOf(node) === Node.TEXT_NODE ? squeeze(node.data) : "";
          return text !== "" && (name === null || text === name);
        }));
    }
    for (const element of walk(scope)) {
      if (SILENT.has(tagOf(element))) continue;
      if (role !== null && roleOf(element) !== role) continue;
      if (name !== null && nameOf(element) !== name) continue;
      if (concealed(element) || getComputedStyle(element).visibility === "hidden") continue;
      found.push(element);
    }
    return found;
  }

  const FINDERS = { css: byCss, pierce: byPierce, xpath: byXPath, text: byText, aria: byAria };

  // A link after the first looks into the shadow root of what the link before
  // it found, or, where there is none, among its descendants.
  function queryAll(chain, root) {
    let scopes = [root ?? document];
    for (const [at, selector] of chain.entries()) {
      const find = FINDERS[selector.kind];
      if (!find) throw new SyntaxError(`unknown kind of selector '${String(selector.kind).slice(0, 50)}'`);
      const found = new Set();
      for (const scope of scopes) {
        const inside = (at > 0 || root) && shadowOf(scope) ? shadowOf(scope) : scope;
        for (const element of find(inside, selector)) found.add(element);
      }
      scopes = [...found];
      if (scopes.length === 0) break;
    }
    return chain.length === 0 ? [] : scopes;
  }

  const query = (chain, root) => queryAll(chain, root)[0] ?? null;

  // The matches of the first alternative that has any. Every alternative is
  // read, so that a malformed one is told even when another matches.
  function matches(chains) {
    const lists = chains.map((chain) => queryAll(chain));
    return lists.find((list) => list.length > 0) ?? [];
  }

  // The element that a person would mean: the first visible match.
  function locate(chains) {
    const found = matches(chains);
    return found.slice(0, 200).find(shown) ?? found[0] ?? null;
  }
