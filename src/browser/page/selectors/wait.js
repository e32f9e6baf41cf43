// Conditions that come true later, tried at animation frames until a deadline.

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
