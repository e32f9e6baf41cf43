// The checks before an action, after Playwright's "actionability": attached,
// visible, still, enabled, editable, and reached by the pointer. It sends no input.

  const CONTROLS = "button, a[href], input, select, textarea, option, summary, [role=button], [role=link], [role=checkbox], [role=radio], [role=tab], [role=menuitem], [role=option]";
  const closest = (element, css) => {
    for (let node = element; node; node = parentOf(node)) if (fits(node, css)) return node;
    return null;
  };

  // A press on a label's text is meant for its control.
  function controlOf(element) {
    if (fits(element, "input, select, textarea, button") || editableBox(element)) return element;
    if (closest(element, "a[href], button, summary")) return element;
    return closest(element, "label")?.control ?? element;
  }

  function disabled(element) {
    const control = closest(element, CONTROLS) ?? controlOf(element);
    return fits(control, ":disabled") || closest(control, '[aria-disabled="true"]') !== null;
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
    // A link in a label is not pressed by pressing the label.
    const control = closest(element, CONTROLS);
    const label = closest(element, "label");
    const labels = control && control !== label?.control ? [] : [label];
    const targets = [element, control, ...labels, controlOf(element), ...(controlOf(element).labels ?? [])];
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
    if (!place || place.x < 0 || place.y < 0 || place.x >= innerWidth || place.y >= innerHeight) return true;
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
        if (quiet === null) problem = before ?? hurried(element, options);
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

  // What can still be told of an element when there was no time left to see
  // whether it stands still: anything but that it moves.
  function hurried(element, { pointer = true, point = null }) {
    const place = pointIn(element, point);
    if (!place) return { ok: false, why: "hidden", by: "outside of the viewport" };
    const hit = pointer ? receives(element, place.x, place.y) : { ok: true };
    return hit.ok ? { ok: false, why: "unseen" } : hit;
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
    // A transform may show the frame larger or smaller than it is.
    const scaleX = element.offsetWidth ? box.width / element.offsetWidth : 1;
    const scaleY = element.offsetHeight ? box.height / element.offsetHeight : 1;
    return {
      x: box.left + (element.clientLeft + parseFloat(style.paddingLeft || "0")) * scaleX,
      y: box.top + (element.clientTop + parseFloat(style.paddingTop || "0")) * scaleY,
      scaleX,
      scaleY,
    };
  }

  // Where a point of a frame lies in the viewport around that frame; scrolls
  // there until it can be seen and pressed, as far as scrolling can help.
  async function throughFrame(owner, x, y) {
    const place = () => {
      const origin = contentOrigin(owner);
      return { x: origin.x + x * origin.scaleX, y: origin.y + y * origin.scaleY };
    };
    const reached = ({ x: px, y: py }) => {
      if (px < 0 || py < 0 || px >= innerWidth || py >= innerHeight) return { ok: false, by: "outside of the viewport" };
      const hit = hitAt(px, py);
      // What lies in a closed shadow root is seen as its host.
      return hit === owner || hit === hostOf(rootOf(owner)) ? { ok: true } : { ok: false, by: hit ? describe(hit) : "nothing" };
    };
    let at = place();
    let answer = reached(at);
    for (let tries = 0; !answer.ok && tries < SCROLLS.length && scrollable(owner, at); tries++) {
      scrollTo(owner, { block: SCROLLS[tries], inline: "center", behavior: "instant" });
      at = place();
      if (at.x < 0 || at.y < 0 || at.x >= innerWidth || at.y >= innerHeight) {
        // A frame larger than the window: bring the point itself there.
        scrollBy({ left: at.x - innerWidth / 2, top: at.y - innerHeight / 2, behavior: "instant" });
      }
      // The browser finds the frame under the pointer by what was drawn last.
      await frame();
      await frame();
      at = place();
      answer = reached(at);
    }
    return { ...at, by: answer.ok ? null : answer.by };
  }

  // Scrolls to the element, and what it holds to x and y.
  function scrollWithin(element, x, y) {
    scrollTo(element, { block: "center", inline: "center", behavior: "instant" });
    Element.prototype.scrollTo.call(element, { left: x, top: y, behavior: "instant" });
  }
