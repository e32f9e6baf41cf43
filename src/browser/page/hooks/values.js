// Arguments of calls as JSON text of bounded size. It runs no code of the page
// where the language allows it: a `Proxy` cannot be told from what it stands for.

  // A call's arguments take at most 64 KiB of UTF-8, brackets and keys included.
  const BUDGET = 64000;
  const DEPTH = 8;
  let left = 0;
  let trail = null;

  function quoted(text) {
    const length = text.length;
    let cost = 2;
    let at = 0;
    for (; at < length; at++) {
      const code = charCodeAt(text, at);
      cost += code < 32 ? 6 : code > 127 ? 3 : code === 34 || code === 92 ? 2 : 1;
      if (cost > left) break;
    }
    left -= cost;
    if (at < length) return json(slice(text, 0, at) + "…[cut]");
    return json(text);
  }

  // The value of a data property; what would run a getter is told as such.
  function own(object, key) {
    const found = getOwnPropertyDescriptor(object, key);
    if (found === undefined) return undefined;
    return hasOwn(found, "value") ? found.value : "[getter]";
  }

  function listText(list, depth) {
    const length = own(list, "length");
    let out = "[";
    for (let at = 0; at < length; at++) {
      if (left <= 0) {
        out += (at ? "," : "") + '"[cut]"';
        break;
      }
      left -= 1;
      out += (at ? "," : "") + valueText(own(list, at), depth);
    }
    return out + "]";
  }

  function objectText(object, depth) {
    const keys = ownKeys(object);
    let out = "{";
    let first = true;
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at];
      if (typeof key !== "string") continue;
      const found = getOwnPropertyDescriptor(object, key);
      if (found === undefined || !hasOwn(found, "enumerable") || !found.enumerable) continue;
      if (left <= 0) {
        out += (first ? "" : ",") + '"[cut]":true';
        break;
      }
      left -= 2;
      out += (first ? "" : ",") + quoted(key) + ":" + valueText(hasOwn(found, "value") ? found.value : "[getter]", depth);
      first = false;
    }
    return out + "}";
  }

  function valueText(value, depth) {
    switch (typeof value) {
      case "string":
        return quoted(value);
      case "number":
        left -= 8;
        return isFinite(value) ? json(value) : quoted("[" + value + "]");
      case "boolean":
        left -= 5;
        return value ? "true" : "false";
      case "bigint":
        return quoted(bigText(value) + "n");
      case "object":
        break;
      default:
        return quoted("[" + typeof value + "]");
    }
    if (value === null) {
      left -= 4;
      return "null";
    }
    for (let up = trail; up !== null; up = up.next) {
      if (up.value === value) return quoted("[cycle]");
    }
    if (depth > DEPTH) return quoted("[deeper]");
    left -= 2;
    const outer = trail;
    trail = { __proto__: null, value, next: outer };
    try {
      return compoundText(value, depth + 1);
    } catch {
      return quoted("[unreadable]");
    } finally {
      trail = outer;
    }
  }

  function compoundText(value, depth) {
    if (isArray(value)) return listText(value, depth);
    const typed = typedTag(value);
    if (typed !== undefined) return quoted("[" + typed + "(" + typedLength(value) + ")]");
    const tag = tagOf(value);
    switch (tag) {
      case "[object Object]":
        return objectText(value, depth);
      case "[object Arguments]":
        return listText(value, depth);
      case "[object Date]":
        try {
          return quoted(isoDate(value));
        } catch {
          return quoted("[Invalid Date]");
        }
      case "[object URL]":
        return quoted(hrefOf(value));
      case "[object Error]": {
        const message = own(value, "message");
        return quoted("[Error: " + (typeof message === "string" ? message : "") + "]");
      }
      case "[object String]":
      case "[object Number]":
      case "[object Boolean]":
        return valueText(boxed[tag](value), depth);
      default:
        return quoted(slice(tag, 0, 100));
    }
  }

  function argsText(list) {
    left = BUDGET;
    trail = null;
    try {
      return listText(list, 0);
    } catch {
      return '["[unreadable]"]';
    }
  }
