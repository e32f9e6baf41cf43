// What tells where an event got lost: a person's clicks and changes and the
// submits of forms as the page saw them, how the vendors' functions stand, and
// scripts that wait for consent. It never stops or changes an event.

  const EVENTS_A_DOCUMENT = 2000;
  const EVENTS_AT_ONCE = 100;
  let told = 0;

  function tell(text) {
    told += 1;
    if (told <= EVENTS_A_DOCUMENT) deliver(text);
  }

  // Events that are not over yet, the first one first.
  let underway = null;
  let lastUnderway = null;
  let countUnderway = 0;

  // `isTrusted` is no accessor that a page could replace: it cannot be
  // redefined, and what a script dispatches itself never has it.
  function follow(event) {
    if (event.isTrusted !== true || told > EVENTS_A_DOCUMENT || countUnderway >= EVENTS_AT_ONCE) return;
    const path = pathOf(event);
    const inner = path === undefined ? undefined : own(path, 0);
    // What does not leave a shadow root comes back to the window of no one.
    const inside = typeOf(event) !== "click" && rootNodeOf(inner) !== root.document;
    const node = { __proto__: null, event, target: described(inner), back: inside, next: null };
    if (underway === null) underway = node;
    else lastUnderway.next = node;
    lastUnderway = node;
    countUnderway += 1;
    later();
  }

  function onBack(event) {
    for (let node = underway; node !== null; node = node.next) if (node.event === event) node.back = true;
  }

  // The control that was meant, without what it holds: `button#buy[type=submit]`.
  function described(inner) {
    try {
      const element = closest(inner, "a,button,input,select,textarea,label,summary,form,[role=button]") || inner;
      let out = lower(slice(nodeNameOf(element), 0, 100));
      const id = attribute(element, "id");
      if (typeof id === "string" && id !== "") out += "#" + slice(id, 0, 100);
      const kind = attribute(element, "type");
      if (typeof kind === "string" && kind !== "") out += "[type=" + slice(kind, 0, 30) + "]";
      return out;
    } catch {
      return "";
    }
  }

  // What was prevented or stopped is known when every handler has run.
  function endEvents() {
    let node = underway;
    underway = null;
    countUnderway = 0;
    for (; node !== null; node = node.next) {
      tell(
        '{"t":"event","kind":' + json(typeOf(node.event)) + ',"target":' + json(node.target) +
        ',"prevented":' + (wasPrevented(node.event) === true) + ',"stopped":' + !node.back + ',"at":' + now() + "}",
      );
    }
  }

  // A snippet only keeps calls until the library takes over: how that shows
  // stands beside each name in watch.js.
  function stateOf(entry, value) {
    if (value === undefined || value === null) return "absent";
    if (entry.kind === "layer") {
      const manager = own(root, "google_tag_manager");
      return typeof manager === "object" && manager !== null ? "real" : "stub";
    }
    if (entry.real !== undefined) return typeof own(value, entry.real) === "function" ? "real" : "stub";
    return entry.kind !== "function" && !isArray(value) ? "real" : "stub";
  }

  // A function in the place of a vendor's that neither keeps calls, as a stub
  // does, nor is its library's: what is asked of it reaches nobody.
  function isOverwritten(entry, value) {
    if (entry.last === undefined || entry.real === undefined) return false;
    return queueOf(entry, value) === undefined && typeof own(value, entry.real) !== "function";
  }

  function tellState(entry, value) {
    const state = stateOf(entry, value);
    if (state === entry.state) return;
    entry.state = state;
    tell('{"t":"global","name":' + json(entry.name) + ',"state":"' + state + '","at":' + now() + "}");
  }

  // Consent managers keep a script from running by a type that no browser
  // knows, and give it its own when the visitor has agreed.
  function tellHeld(script) {
    const written = attribute(script, "type");
    const kind = typeof written === "string" ? lower(slice(written, 0, 100)) : "";
    if (kind !== "text/plain" && kind !== "javascript/blocked") return;
    const source = scriptSource(script);
    const text = slice(textOf(script) || "", 0, 50000);
    let names = "";
    for (let entry = watched; entry !== null; entry = entry.next) {
      const found = indexOf(text, entry.name + "(") >= 0 || indexOf(text, entry.name + ".") >= 0;
      if (found) names += (names === "" ? "" : ",") + json(entry.name);
    }
    const url = typeof source === "string" ? slice(source, 0, 2048) : "";
    tell('{"t":"held","kind":' + json(kind) + ',"url":' + json(url) + ',"names":[' + names + '],"at":' + now() + "}");
  }
