// Prepares form controls for input, and sets those that take no typed text.

  const DATES = {
    date: "YYYY-MM-DD", month: "YYYY-MM", week: "YYYY-Www", time: "HH:MM", "datetime-local": "YYYY-MM-DDTHH:MM",
  };

  // Focuses a control and selects what it holds, so that inserted text takes
  // its place; tells what kind of control it is.
  function fill(element) {
    const control = controlOf(element);
    return { ...prepare(control), field: fieldOf(control) };
  }

  // What the markup says that a field is for.
  function fieldOf(control) {
    const of = (name) => clean(attribute(control, name) ?? "", 200);
    let label = "";
    try {
      label = clean(nameOf(control), 200);
    } catch {
      // A name is a help, no more.
    }
    return { type: control.type ?? "", id: of("id"), name: of("name"), autocomplete: of("autocomplete"), label };
  }

  function prepare(control) {
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

  // Leaves the control, which is when it reports its change, and comes back.
  function leave(element) {
    const control = controlOf(element);
    control.blur();
    if (connected(control)) control.focus();
    return true;
  }

  function focus(element) {
    const control = controlOf(element);
    if (typeof control.focus === "function") control.focus();
    return true;
  }

  // File fields are often hidden; a label or a button stands for its field.
  const fileField = (chains) => {
    const found = locate(chains);
    return found ? controlOf(found) : null;
  };

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

  return {
    query, queryAll, locate, shown, nameOf, roleOf, describe, nearest, actionability, receives,
    contentOrigin, throughFrame, scrollWithin, waitFor, waitForElement, waitForText, pageText, fill, leave, focus, fileField, setValue, selectOptions,
  };
})()
//# sourceURL=pixelproof-selectors.js
