// Stacks without our frames, and messages to the browser. It interprets nothing.

  // A page that floods its data layer keeps its speed: beyond this many calls
  // in a second stacks are left out and calls are sent many at a time; beyond
  // the limit of a document nothing more is reported but that fact.
  const CALM_CALLS_A_SECOND = 200;
  const CALLS_A_DOCUMENT = 50000;
  const FRAMES = 40;
  let windowStart = 0;
  let windowCalls = 0;
  let calls = 0;

  const now = () => origin + clock(performanceOf);

  // Sets a data property of `Error` for a moment, so that no page code formats
  // our stack; answers what to put back, or `false` when it cannot be done.
  function lend(key, value) {
    const before = getOwnPropertyDescriptor(ErrorOf, key);
    if (before === undefined) return value === undefined ? null : false;
    if (!hasOwn(before, "value") || !before.writable) return false;
    if (before.value === value) return null;
    defineProperty(ErrorOf, key, { __proto__: null, value });
    return { __proto__: null, value: before.value };
  }

  function stackText(above) {
    const formatter = lend("prepareStackTrace", undefined);
    if (formatter === false) return null;
    const limit = lend("stackTraceLimit", FRAMES);
    try {
      const holder = { __proto__: null };
      captureStackTrace(holder, above);
      return framesOf(holder.stack);
    } catch {
      return null;
    } finally {
      if (limit) defineProperty(ErrorOf, "stackTraceLimit", limit);
      if (formatter) defineProperty(ErrorOf, "prepareStackTrace", formatter);
    }
  }

  // Only the frames, without ours.
  function framesOf(text) {
    if (typeof text !== "string") return null;
    let out = "";
    let from = 0;
    while (from < text.length && out.length < 16000) {
      let to = indexOf(text, "\n", from);
      if (to < 0) to = text.length;
      const line = slice(text, from, to);
      from = to + 1;
      if (indexOf(line, "    at ") !== 0 || indexOf(line, "pixelproof-hooks.js") >= 0) continue;
      out += (out === "" ? "" : "\n") + slice(line, 0, 2000);
    }
    return out === "" ? null : out;
  }

  function report(name, args, at, above) {
    calls += 1;
    if (calls > CALLS_A_DOCUMENT) {
      if (calls === CALLS_A_DOCUMENT + 1) deliver('{"t":"limit","at":' + at + ',"calls":' + CALLS_A_DOCUMENT + "}");
      return;
    }
    if (at - windowStart > 1000) {
      windowStart = at;
      windowCalls = 0;
    }
    windowCalls += 1;
    const flood = windowCalls > CALM_CALLS_A_SECOND;
    const stack = typeof above === "function" && !flood ? stackText(above) : null;
    const text =
      '{"t":"call","name":' + json(name) + ',"args":' + args + ',"at":' + at +
      ',"stack":' + (stack === null ? "null" : json(stack)) +
      (above === QUEUED ? ',"queued":true}' : "}");
    if (!flood) {
      deliver(text);
      return;
    }
    batch += (batch === "" ? "" : ",") + text;
    if (batch.length > BATCH) deliver("");
    else later();
  }

  const QUEUED = 1;
  const BATCH = 200000;
  let batch = "";

  function deliver(text) {
    if (bursts !== null) endBursts();
    try {
      if (batch !== "") {
        const calls = batch;
        batch = "";
        send('{"t":"calls","calls":[' + calls + "]}");
      }
      if (text !== "") send(text);
    } catch {
      // The context is going away; there is nobody left to tell.
    }
  }
