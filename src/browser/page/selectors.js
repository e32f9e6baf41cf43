// Finds elements as the Recorder's selectors name them, waits until a person
// could act on them, and prepares form controls for input.
//
// One expression, an object of functions; it is kept for each execution
// context of an isolated world, where the page can neither see nor change it.
// Properties that the page's own scripts put on elements are therefore not
// visible here. It makes no input event of its own except those that Chrome
// fires when a person picks an option or a date, and it tells no field's value.
//
// Selectors: `{kind: "css"|"text"|"xpath"|"pierce", value}` or
// `{kind: "aria", name, role}`. A chain is a list of them; `chains` is a list
// of alternatives.
(() => {
  "use strict";

  const MAX_WALK = 200000;
  const squeeze = (text) => text.replace(/\s+/g, " ").trim();

  // A form's fields hide the form's own properties: `<input name="children">`.
  // So what every element may be asked is asked through the prototypes.
  const reader = (type, key) => {
    const { get } = Object.getOwnPropertyDescriptor(type.prototype, key);
    return (node) => get.call(node);
  };
  const caller = (type, key) => {
    const method = type.prototype[key];
    return (node, ...args) => method.apply(node, args);
  };
  const typeOf = reader(Node, "nodeType");
  const childNodesOf = reader(Node, "childNodes");
  const parentNodeOf = reader(Node, "parentNode");
  const parentElementOf = reader(Node, "parentElement");
  const connected = reader(Node, "isConnected");
  const rootOf = caller(Node, "getRootNode");
  const tagOf = reader(Element, "localName");
  const classesOf = reader(Element, "classList");
  const elementShadow = reader(Element, "shadowRoot");
  const elementSlot = reader(Element, "assignedSlot");
  const elementChildren = reader(Element, "children");
  const attribute = caller(Element, "getAttribute");
  const hasAttribute = caller(Element, "hasAttribute");
  const fits = caller(Element, "matches");
  const closestOf = caller(Element, "closest");
  const rendered = caller(Element, "checkVisibility");
  const boxIn = caller(Element, "getBoundingClientRect");
  const boxesIn = caller(Element, "getClientRects");
  const scrollTo = caller(Element, "scrollIntoView");
  const elementSelect = caller(Element, "querySelectorAll");
  const htmlEditable = reader(HTMLElement, "isContentEditable");

  const isElement = (node) => typeOf(node) === Node.ELEMENT_NODE;
  const shadowOf = (node) => (isElement(node) ? elementShadow(node) : null);
  const slotOf = (node) => (isElement(node) ? elementSlot(node) : null);
  const hostOf = (node) => (typeOf(node) === Node.DOCUMENT_FRAGMENT_NODE ? node.host ?? null : null);
  const childrenOf = (node) => (isElement(node) ? elementChildren(node) : node.children ?? []);
  const select = (node, css) => (isElement(node) ? elementSelect(node, css) : node.querySelectorAll(css));
  const editableBox = (element) => element instanceof HTMLElement && htmlEditable(element);

  // ---- The tree, open shadow roots included --------------------------------

  const insides = (node) => {
    const root = shadowOf(node);
    return root ? [...childrenOf(root), ...childrenOf(node)] : [...childrenOf(node)];
  };

  function* walk(scope) {
    const stack = insides(scope).reverse();
    for (let count = 0; stack.length > 0 && count < MAX_WALK; count++) {
      const element = stack.pop();
      yield element;
      const inner = insides(element);
      for (let at = inner.length - 1; at >= 0; at--) stack.push(inner[at]);
    }
  }

  const parentOf = (node) => slotOf(node) ?? parentElementOf(node) ?? hostOf(rootOf(node));

  function contains(outer, inner) {
    for (let node = inner; node; node = parentNodeOf(node) ?? hostOf(node)) if (node === outer) return true;
    for (let node = inner; node; node = parentOf(node)) if (node === outer) return true;
    return false;
  }

  const shown = (element) => {
    const style = getComputedStyle(element);
    if (style.display === "contents") {
      return [...childNodesOf(element)].some((child) => {
        if (typeOf(child) === Node.ELEMENT_NODE) return shown(child);
        if (typeOf(child) !== Node.TEXT_NODE) return false;
        const range = document.createRange();
        range.selectNode(child);
        const box = range.getBoundingClientRect();
        return box.width > 0 && box.height > 0;
      });
    }
    if (!rendered(element) || style.visibility !== "visible") return false;
    const box = boxIn(element);
    return box.width > 0 && box.height > 0;
  };

  // ---- Roles and names -----------------------------------------------------

  
  const INPUT_ROLES = {
    button: "button", submit: "button", reset: "button", image: "button", file: "button",
    checkbox: "checkbox", radio: "radio", range: "slider", number: "spinbutton", search: "searchbox",
    date: "date", month: "date", week: "date", "datetime-local": "datetime", time: "inputtime",
    color: "colorwell", hidden: "none",
  };
  const ROLES = {
    article: "article", aside: "complementary", button: "button", blockquote: "blockquote",
    caption: "caption", code: "code", datalist: "listbox", dd: "definition", del: "deletion",
    details: "group", dfn: "term", dialog: "dialog", dt: "term", em: "emphasis", fieldset: "group",
    figcaption: "figcaption", figure: "figure", form: "form", h1: "heading", h2: "heading",
    h3: "heading", h4: "heading", h5: "heading", h6: "heading", hr: "separator", html: "document",
    iframe: "iframe", img: "img", ins: "insertion", label: "labeltext", legend: "legend",
    li: "listitem", main: "main", mark: "mark", math: "math", menu: "list", meter: "meter",
    nav: "navigation", ol: "list", optgroup: "group", option: "option", output: "status",
    p: "paragraph", progress: "progressbar", search: "search", strong: "strong",
    sub: "subscript", summary: "disclosuretriangle", sup: "superscript", svg: "img",
    table: "table", tbody: "rowgroup", td: "cell", textarea: "textbox", tfoot: "rowgroup",
    th: "columnheader", thead: "rowgroup", time: "time", tr: "row", ul: "list",
  };
  const ALIASES = { image: "img", presentation: "none", disclosuretriangle: "button", statictext: "statictext" };
  const plainRole = (role) => ALIASES[role.toLowerCase()] ?? role.toLowerCase();

  function roleOf(element) {
    const given = (attribute(element, "role") ?? "").trim().split(/\s+/)[0];
    if (given) return plainRole(given);
    const tag = tagOf(element);
    if (tag === "a" || tag === "area") return hasAttribute(element, "href") ? "link" : "generic";
    if (tag === "input") {
      const role = INPUT_ROLES[element.type] ?? "textbox";
      return hasAttribute(element, "list") && role === "textbox" ? "combobox" : role;
    }
    if (tag === "select") return element.multiple || element.size > 1 ? "listbox" : "combobox";
    if (tag === "img" && attribute(element, "alt") === "") return "none";
    if (tag === "header" || tag === "footer") {
      if (closestOf(element, "article, aside, main, nav, section")) return "generic";
      return tag === "header" ? "banner" : "contentinfo";
    }
    if (tag === "section") return nameOf(element) ? "region" : "generic";
    return plainRole(ROLES[tag] ?? "generic");
  }

  const FROM_CONTENT = new Set([
    "button", "cell", "checkbox", "columnheader", "gridcell", "heading", "link", "menuitem",
    "menuitemcheckbox", "menuitemradio", "option", "radio", "row", "rowheader", "switch", "tab",
    "tooltip", "treeitem",
  ]);
  const SILENT = new Set(["script", "style", "noscript", "template", "head", "title"]);

  const unseen = (element) => {
    if (attribute(element, "aria-hidden") === "true") return true;
    const style = getComputedStyle(element);
    return style.display === "none" || style.visibility === "hidden" || style.visibility === "collapse";
  };

  function pseudoText(element, which) {
    const content = getComputedStyle(element, which).content;
    const found = /^"((?:[^"\\]|\\.)*)"/.exec(content ?? "");
    return found ? found[1].replace(/\\(.)/g, "$1") : "";
  }

  // The core of the accessible name computation (W3C accname 1.2); it leaves
  // out what only assistive technology needs, such as live values of sliders.
  function nameOf(element, visited = new Set(), within = "") {
    if (visited.has(element) || visited.size > 2000) return "";
    visited.add(element);
    const referenced = within === "reference";
    if (!referenced && within && unseen(element)) return "";

    const ids = (attribute(element, "aria-labelledby") ?? "").split(/\s+/).filter(Boolean);
    if (ids.length > 0 && !referenced) {
      const home = rootOf(element);
      const parts = ids.slice(0, 20).map((id) => home.getElementById?.(id)).filter(Boolean);
      const text = squeeze(parts.map((part) => nameOf(part, new Set([...visited].filter((seen) => seen !== part)), "reference")).join(" "));
      if (text) return text;
    }
    const label = squeeze(attribute(element, "aria-label") ?? "");
    if (label) return label;

    const tag = tagOf(element);
    const native = nativeName(element, tag, visited, within);
    if (native !== null) return native;

    const control = /^(input|select|textarea)$/.test(tag);
    if (within && control) {
      if (tag === "select") return squeeze([...element.selectedOptions].map((option) => option.label).join(" "));
      return ["checkbox", "radio", "password", "hidden"].includes(element.type) ? "" : squeeze(element.value ?? "");
    }
    if (!control && (within || FROM_CONTENT.has(roleOfContent(element)))) {
      const text = squeeze(contentName(element, visited));
      if (text) return text;
    }
    const title = squeeze(attribute(element, "title") ?? "");
    if (title) return title;
    if (control) return squeeze(attribute(element, "placeholder") ?? attribute(element, "aria-placeholder") ?? "");
    return "";
  }

  // A section's role asks for its name; this must not ask back.
  const roleOfContent = (element) => (tagOf(element) === "section" ? attribute(element, "role") ?? "generic" : roleOf(element));

  function nativeName(element, tag, visited, within) {
    const part = (found) => (found ? squeeze(nameOf(found, visited, "content")) : "") || null;
    const child = (name) => [...childrenOf(element)].find((inner) => tagOf(inner) === name);
    if (tag === "input" && ["button", "submit", "reset"].includes(element.type)) {
      const value = squeeze(attribute(element, "value") ?? "");
      if (value) return value;
      if (!element.labels?.length) {
        if (element.type === "submit") return "Submit";
        if (element.type === "reset") return "Reset";
      }
    }
    if (tag === "img" || tag === "area" || (tag === "input" && element.type === "image")) {
      const alt = squeeze(attribute(element, "alt") ?? "");
      if (alt) return alt;
      if (tag === "input") return squeeze(attribute(element, "value") ?? attribute(element, "title") ?? "") || "Submit";
    }
    if (within !== "content" && element.labels?.length) {
      const labels = [...element.labels].slice(0, 20).map((label) => nameOf(label, visited, "content"));
      const text = squeeze(labels.join(" "));
      if (text) return text;
    }
    if (tag === "fieldset") return part(child("legend"));
    if (tag === "figure") return part(child("figcaption"));
    if (tag === "table") return part(child("caption"));
    if (tag === "svg") return squeeze(child("title")?.textContent ?? "") || null;
    return null;
  }

  function contentName(element, visited) {
    let text = pseudoText(element, "::before");
    const nodes = tagOf(element) === "slot" && element.assignedNodes().length > 0
      ? element.assignedNodes()
      : childNodesOf(shadowOf(element) ?? element);
    for (const node of nodes) {
      if (text.length > 2000) break;
      if (typeOf(node) === Node.TEXT_NODE) text += node.data;
      if (typeOf(node) !== Node.ELEMENT_NODE || SILENT.has(tagOf(node))) continue;
      const part = nameOf(node, visited, "content");
      const inline = getComputedStyle(node).display.startsWith("inline");
      text += inline ? part : ` ${part} `;
    }
    return text + pseudoText(element, "::after");
  }

  // ---- Selectors -----------------------------------------------------------

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

  // ---- Waiting -------------------------------------------------------------

  const now = () => performance.now();

  // The next animation frame. A page in the background has none; a timer
  // stands in for it, and is never later than the deadline.
  function frame(deadline = Infinity) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, Math.min(100, deadline - now())));
      requestAnimationFrame(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  const macrotask = () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port2.onmessage = () => {
        port1.close();
        resolve();
      };
      port1.postMessage(0);
    });

  // Tries at every frame; what is slow to try is tried less often, so that it
  // never takes more than a tenth of the page's time.
  async function until(attempt, deadlineMs) {
    const deadline = now() + deadlineMs;
    for (;;) {
      const start = now();
      const answer = attempt();
      if (answer) return answer;
      const rest = now() + 9 * (now() - start);
      do {
        if (now() >= deadline) return attempt();
        await frame(deadline);
      } while (now() < rest && now() < deadline);
    }
  }

  const same = (one, other) =>
    one === other || (typeof one === "object" && typeof other === "object" && JSON.stringify(one) === JSON.stringify(other));

  function holds(chains, condition) {
    const { visible, count, op, attributes = [], properties = [] } = condition;
    let found = matches(chains).filter(
      (element) =>
        attributes.every(([name, value]) => attribute(element, name) === value) &&
        properties.every(([name, value]) => same(element[name], value)),
    );
    if (typeof visible === "boolean") {
      // Without a count, "not visible" also holds for what is not there.
      if (!visible && typeof count !== "number") return !found.some(shown);
      found = found.filter((element) => shown(element) === visible);
    }
    const wanted = typeof count === "number" ? count : 1;
    if (op === "equal") return found.length === wanted;
    if (op === "at_most") return found.length <= wanted;
    return found.length >= wanted;
  }

  async function waitFor(chains, condition) {
    const ok = await until(() => holds(chains, condition), condition.deadlineMs);
    const found = ok ? [] : matches(chains);
    return { ok, found: found.length, visible: found.filter(shown).length };
  }

  async function waitForElement(chains, deadlineMs) {
    return until(() => locate(chains), deadlineMs);
  }

  // The text that a person sees, open shadow roots included.
  function pageText() {
    const roots = [document.body?.innerText ?? ""];
    for (const element of walk(document)) {
      const root = shadowOf(element);
      if (!root) continue;
      for (const child of root.children) if (!SILENT.has(tagOf(child))) roots.push(child.innerText ?? "");
    }
    return roots.join("\n").slice(0, 1000000);
  }

  // Rust's regular expressions, as far as JavaScript has the same by another
  // spelling.
  function patternOf({ kind, value }) {
    if (kind === "contains") return (text) => text.includes(value) || squeeze(text).includes(squeeze(value));
    if (kind === "equals") return (text) => squeeze(text) === squeeze(value);
    const flags = /^\(\?([imsx]+)\)/.exec(value);
    const source = (flags ? value.slice(flags[0].length) : value)
      .replaceAll("(?P<", "(?<").replaceAll("\\A", "^").replaceAll("\\z", "$");
    const expression = new RegExp(source, `${(flags?.[1] ?? "").replace("x", "")}u`);
    return (text) => expression.test(text);
  }

  async function waitForText(pattern, deadlineMs) {
    const fits = patternOf(pattern);
    return { ok: await until(() => fits(pageText()), deadlineMs) };
  }

  // Resolves when the main thread has drawn what it had to and has time again.
  async function idle() {
    await frame();
    await frame();
    await macrotask();
    return true;
  }

  // ---- Can a person act on it ----------------------------------------------

  const CONTROLS = "button, a[href], input, select, textarea, option, summary, [role=button], [role=link], [role=checkbox], [role=radio], [role=tab], [role=menuitem], [role=option]";
  const closest = (element, css) => {
    for (let node = element; node; node = parentOf(node)) if (fits(node, css)) return node;
    return null;
  };

  // A press on a label's text is meant for its control.
  function controlOf(element) {
    if (fits(element, "input, select, textarea, button") || editableBox(element)) return element;
    return closest(element, "label")?.control ?? element;
  }

  function disabled(element) {
    const control = closest(element, CONTROLS) ?? controlOf(element);
    if (fits(control, ":disabled") || controlOf(control).matches(":disabled")) return true;
    return closest(control, '[aria-disabled="true"]') !== null;
  }

  function readonly(element) {
    const control = controlOf(element);
    return control.readOnly === true || attribute(control, "aria-readonly") === "true";
  }

  function hitAt(x, y) {
    let hit = document.elementFromPoint(x, y);
    while (hit && shadowOf(hit)) {
      const inner = shadowOf(hit).elementFromPoint(x, y);
      if (!inner || inner === hit || rootOf(inner) !== shadowOf(hit)) break;
      hit = inner;
    }
    return hit;
  }

  // Whether what lies on top at the point belongs to the element: itself, what
  // is inside it, the control around it, or its label.
  function receives(element, x, y) {
    const hit = hitAt(x, y);
    if (!hit) return { ok: false, why: "hidden", by: "outside of the viewport" };
    const targets = [element, closest(element, CONTROLS), closest(element, "label"), ...(controlOf(element).labels ?? []), controlOf(element)];
    if (targets.some((target) => target && contains(target, hit))) return { ok: true };
    let cover = hit;
    for (let above = parentOf(cover); above && !contains(above, element); above = parentOf(above)) cover = above;
    const by = cover === hit ? describe(hit) : `${describe(hit)} in ${describe(cover)}`;
    return { ok: false, why: "covered", by };
  }

  // With `display: contents` only what is inside has a box.
  const areaOf = (element) => {
    if (getComputedStyle(element).display !== "contents") return { whole: boxIn(element), parts: boxesIn(element) };
    const range = document.createRange();
    range.selectNodeContents(element);
    return { whole: range.getBoundingClientRect(), parts: range.getClientRects() };
  };

  function pointIn(element, offset) {
    const { whole, parts } = areaOf(element);
    if (offset) {
      const x = whole.left + offset[0];
      const y = whole.top + offset[1];
      return x < 0 || y < 0 || x >= innerWidth || y >= innerHeight ? null : { x, y };
    }
    const boxes = [...parts].filter((box) => box.width * box.height > 0.99);
    for (const box of boxes.length > 0 ? boxes : [whole]) {
      const left = Math.max(0, box.left);
      const right = Math.min(innerWidth, box.right);
      const top = Math.max(0, box.top);
      const bottom = Math.min(innerHeight, box.bottom);
      if (right - left > 0 && bottom - top > 0) return { x: (left + right) / 2, y: (top + bottom) / 2 };
    }
    return null;
  }

  const boxOf = (element) => {
    const { x, y, width, height } = areaOf(element).whole;
    return `${x},${y},${width},${height}`;
  };

  // Whether scrolling could bring the point out: it lies beyond the edge of
  // something that scrolls, or under a bar that sticks to the window.
  function scrollable(element, place) {
    if (!place) return true;
    for (let node = parentOf(element); node; node = parentOf(node)) {
      const { overflowX, overflowY, display } = getComputedStyle(node);
      if (display === "contents" || (overflowX === "visible" && overflowY === "visible")) continue;
      if (node === document.documentElement || node === document.body) continue;
      const box = boxIn(node);
      if (place.x < box.left || place.x > box.right || place.y < box.top || place.y > box.bottom) return true;
    }
    for (let node = hitAt(place.x, place.y); node && !contains(node, element); node = parentOf(node)) {
      if (["fixed", "sticky"].includes(getComputedStyle(node).position)) return true;
    }
    return false;
  }

  const SCROLLS = ["center", "start", "end", "nearest"];

  // Still for two frames that are not one and the same: frames may come in
  // bursts when the machine is busy.
  async function still(element, deadline) {
    const before = boxOf(element);
    const start = now();
    do await frame(deadline);
    while (now() - start < 15 && now() < deadline);
    // Cut short by the deadline there was no frame to compare with.
    return now() < deadline ? boxOf(element) === before : null;
  }

  // `point`: [x, y] from the element's top left corner, else its centre.
  // `pointer: false` leaves out what only matters to a press.
  async function actionability(element, options) {
    const { editable = false, pointer = true, point = null, deadlineMs, enabled = true } = options;
    const deadline = now() + deadlineMs;
    let scrolls = 0;
    let problem = null;
    for (;;) {
      const before = problem;
      problem = state(element, enabled, editable);
      if (problem === null) {
        const quiet = await still(element, deadline);
        if (quiet === null) problem = before ?? { ok: false, why: "moving" };
        if (quiet === false) problem = { ok: false, why: "moving" };
        problem = state(element, enabled, editable) ?? problem;
      }
      if (problem === null) {
        const place = pointIn(element, point);
        const hit = !place ? { ok: false, why: "hidden", by: "outside of the viewport" } : pointer ? receives(element, place.x, place.y) : { ok: true };
        if (hit.ok) return { ok: true, ...place };
        problem = hit;
        if (scrollable(element, place)) {
          scrollIn(element, SCROLLS[scrolls % SCROLLS.length]);
          scrolls += 1;
        }
      }
      if (problem.why === "detached" || now() >= deadline) return problem;
      await frame(deadline);
    }
  }

  function scrollIn(element, block) {
    const target = getComputedStyle(element).display === "contents" ? childrenOf(element)[0] ?? element : element;
    scrollTo(target, { block, inline: "center", behavior: "instant" });
  }

  function state(element, enabled, editable) {
    if (!connected(element)) return { ok: false, why: "detached" };
    if (!shown(element)) return { ok: false, why: "hidden", by: concealer(element) };
    if (enabled && disabled(element)) return { ok: false, why: "disabled" };
    if (editable && readonly(element)) return { ok: false, why: "readonly" };
    return null;
  }

  // Which element hides it, and how.
  function concealer(element) {
    for (let node = element; node; node = parentOf(node)) {
      if (getComputedStyle(node).display === "none") return `display: none on ${describe(node)}`;
    }
    const style = getComputedStyle(element);
    if (style.visibility !== "visible") return `visibility: ${style.visibility}`;
    const box = boxIn(element);
    return `a box of ${Math.round(box.width)} x ${Math.round(box.height)} pixels`;
  }

  // Where a frame's own viewport begins in the viewport of its parent.
  function contentOrigin(element) {
    const box = boxIn(element);
    const style = getComputedStyle(element);
    return {
      x: box.left + element.clientLeft + parseFloat(style.paddingLeft || "0"),
      y: box.top + element.clientTop + parseFloat(style.paddingTop || "0"),
    };
  }

  // ---- What a person is told -----------------------------------------------

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

  // ---- Form controls -------------------------------------------------------

  const DATES = {
    date: "YYYY-MM-DD", month: "YYYY-MM", week: "YYYY-Www", time: "HH:MM", "datetime-local": "YYYY-MM-DDTHH:MM",
  };

  // Focuses a control and selects what it holds, so that inserted text takes
  // its place; tells what kind of control it is.
  function fill(element) {
    const control = controlOf(element);
    const tag = tagOf(control);
    control.focus();
    if (editableBox(control)) {
      getSelection().selectAllChildren(control);
      return { kind: "contenteditable", empty: control.textContent === "" };
    }
    if (tag === "select") return { kind: "select", multiple: control.multiple, options: optionsOf(control) };
    if (tag === "textarea") return text(control);
    if (tag !== "input") return { kind: "other", by: describe(control) };
    const type = control.type;
    if (type in DATES) return { kind: "date", type, expected: DATES[type] };
    switch (type) {
      case "checkbox":
      case "radio":
        return { kind: type, checked: control.checked };
      case "color":
        return { kind: "color", expected: "#rrggbb" };
      case "range":
        return { kind: "range", min: control.min, max: control.max, step: control.step };
      case "file":
        return { kind: "file", multiple: control.multiple, accept: control.accept };
      case "button":
      case "submit":
      case "reset":
      case "image":
      case "hidden":
        return { kind: "other", by: describe(control) };
      default:
        return text(control);
    }
  }

  function text(control) {
    control.select();
    return { kind: "text", type: control.type, empty: control.value === "", maxLength: control.maxLength };
  }

  function announce(control) {
    control.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // For controls that take no typed text: dates, colours, ranges.
  function setValue(element, value) {
    const control = controlOf(element);
    control.focus();
    const before = control.value;
    control.value = value;
    const kept = control.type === "range" ? Number(control.value) === Number(value) : control.value !== "" || value === "";
    if (!kept || (control.type === "color" && control.value.toLowerCase() !== value.toLowerCase())) {
      control.value = before;
      const expected = DATES[control.type] ?? (control.type === "color" ? "#rrggbb" : `a number from ${control.min || 0} to ${control.max || 100} in steps of ${control.step || 1}`);
      return { ok: false, why: "malformed", expected };
    }
    announce(control);
    return { ok: true };
  }

  const optionsOf = (control) =>
    [...control.options].slice(0, 50).map(({ value, label }) => {
      const shownLabel = clean(label, 60);
      return shownLabel === value ? shownLabel : `${shownLabel} (${clean(value, 60)})`;
    });

  function selectOptions(element, wanted) {
    const control = controlOf(element);
    if (tagOf(control) !== "select") return { ok: false, why: "not a select", by: describe(control) };
    if (!control.multiple && wanted.length !== 1) return { ok: false, why: "single", options: optionsOf(control) };
    const options = [...control.options];
    const chosen = wanted.map(
      (want) => options.find((option) => option.value === want) ?? options.find((option) => squeeze(option.label) === squeeze(want)),
    );
    const missing = wanted.filter((_, at) => !chosen[at]);
    if (missing.length > 0) return { ok: false, why: "missing", missing, options: optionsOf(control) };
    const closed = chosen.find((option) => option.disabled || option.parentElement?.disabled);
    if (closed) return { ok: false, why: "disabled", missing: [closed.label], options: optionsOf(control) };
    control.focus();
    if (control.multiple) for (const option of options) option.selected = chosen.includes(option);
    else chosen[0].selected = true;
    announce(control);
    return { ok: true };
  }

  // Lets the calls recorder look for what it has not seen yet.
  function flush(binding) {
    dispatchEvent(new Event(binding));
    return true;
  }

  return {
    query, queryAll, locate, shown, nameOf, roleOf, describe, nearest, actionability, receives,
    contentOrigin, waitFor, waitForElement, waitForText, pageText, fill, setValue, selectOptions,
    idle, flush,
  };
})()
//# sourceURL=pixelproof-selectors.js
