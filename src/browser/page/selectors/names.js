// Accessible roles and names, as far as the Recorder writes them into selectors.
// It is no full implementation of accname: no live values, no CSS counters.

  
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
