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
// The files of this folder are one function; the order is in page/mod.rs.
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
  const wellFormed = String.prototype.toWellFormed ? uncurry(String.prototype.toWellFormed) : (text) => text;
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
  const typeOf = getter(root.Event, "type");
  const wasPrevented = getter(root.Event, "defaultPrevented");
  const nodeTypeOf = getter(root.Node, "nodeType");
  const nodeNameOf = getter(root.Node, "nodeName");
  const textOf = getter(root.Node, "textContent");
  const rootNodeOf = method(root.Node, "getRootNode");
  const attribute = method(root.Element, "getAttribute");
  const matches = method(root.Element, "matches");
  const closest = method(root.Element, "closest");
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
