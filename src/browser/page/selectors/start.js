// Finds elements as the Recorder's selectors name them, waits until a person
// could act on them, and prepares form controls for input.
//
// One expression, an object of functions; it is kept for each execution
// context of an isolated world, where the page can neither see nor change it.
// Properties that the page's own scripts put on elements are therefore not
// visible here. It makes no input event of its own except those that Chrome
// fires when a person picks an option or a date, and it tells no field's value.
//
// The files of this folder are one expression; the order is in page/mod.rs.
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
