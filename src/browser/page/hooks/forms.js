// Submits and refused fields. Names of fields only, never values; a form that a
// script sends by `form.submit()` fires no event and is not seen.

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
      follow(event);
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
    if (underway !== null) endEvents();
    if (bursts !== null) endBursts();
    if (batch !== "") deliver("");
    check();
  });
  method(root.MessagePort, "start")(turn.port2);
