// The chart of a schedule on one canvas: machines in rows, time from left to right. It draws, zooms and pans, and tells what is
// pointed at and where an operation is dragged to; what a move does is judged elsewhere.

import { bound, setup, sequences, stays, waiting } from "./feasible.js";
import { block, fitting, flag } from "./marks.js";

const ROW = 30;
const HEAD = 26;
const NAMES = 130;
// Pixels of an operation that words may stand in.
const LEAST = 28;
// So narrow an operation is nothing but its edge.
const SLIM = 3;
const STEPS_S = [60, 300, 900, 3600, 4 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400, 28 * 86400];
const COLOURS = ["ground", "card", "ink", "soft", "line", "accent", "on-accent", "bad", "bad-ground", "good", "warn", "warn-ground"];
// Hues of jobs keep their distance by the golden angle.
const ANGLE = 137.508;

/** Make a chart in a canvas; `heard` has `hover`, `select`, `drag` and `drop`. */
export function gantt(canvas, on, { tickS, write, name, cause, heard }) {
  const view = { from: 0, perPixel: 1, top: 0, selected: null, stop: null, move: null, dragging: null };
  const stops = on.machines.map((_, row) => on.stops.filter((one) => one.machine === row).sort((a, b) => a.start - b.start));
  const waits = waiting(on);
  const last = () => Math.max(3600 / tickS, ...on.operations.map((one) => one.end));
  const width = () => canvas.clientWidth - NAMES;
  const x = (time) => NAMES + (time - view.from) / view.perPixel;
  const timeAt = (px) => view.from + (px - NAMES) * view.perPixel;
  const y = (row) => HEAD + row * ROW - view.top;
  const rowAt = (py) => Math.floor((py - HEAD + view.top) / ROW);
  let colours = {};
  let asked = false;

  function fit() {
    view.from = 0;
    view.perPixel = (last() * 1.03) / Math.max(width(), 100);
    draw();
  }

  function zoom(factor, around = NAMES + width() / 2) {
    const time = timeAt(around);
    view.perPixel = Math.min(Math.max(view.perPixel * factor, 1 / 50), (last() * 3) / 100);
    view.from = time - (around - NAMES) * view.perPixel;
    draw();
  }

  function pan(px, py = 0) {
    view.from = Math.min(Math.max(view.from + px * view.perPixel, -0.2 * last()), last());
    const room = HEAD + on.machines.length * ROW - canvas.clientHeight;
    view.top = Math.min(Math.max(view.top + py, 0), Math.max(room, 0));
    draw();
  }

  function draw() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; paint(); });
  }

  function paint() {
    const scale = devicePixelRatio || 1;
    const [wide, high] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== wide * scale || canvas.height !== high * scale) [canvas.width, canvas.height] = [wide * scale, high * scale];
    const style = getComputedStyle(document.documentElement);
    colours = Object.fromEntries(COLOURS.map((one) => [one, style.getPropertyValue(`--${one}`).trim()]));
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.font = `12px ${getComputedStyle(canvas).fontFamily}`;
    pen.textBaseline = "middle";
    pen.fillStyle = colours.card;
    pen.fillRect(0, 0, wide, high);
    rows(pen, wide, high);
    grid(pen, wide, high);
    bars(pen, wide, high);
    if (on.freeze > 0) line(pen, x(on.freeze), high, colours.accent, [2, 3], 2);
    head(pen, wide, high);
  }

  function rows(pen, wide, high) {
    on.machines.forEach((machine, row) => {
      const top = y(row);
      if (top > high || top + ROW < HEAD) return;
      pen.fillStyle = colours.line;
      pen.globalAlpha = 0.55;
      for (const [start, end] of on.closed[row]) {
        if (x(end) < NAMES || x(start) > wide) continue;
        pen.fillRect(x(start), top, Math.max(x(end) - x(start), 0.5), ROW);
      }
      pen.globalAlpha = 1;
      pen.fillRect(NAMES, top + ROW - 1, wide, 1);
    });
    if (on.freeze > 0) {
      pen.fillStyle = colours.accent;
      pen.globalAlpha = 0.1;
      pen.fillRect(x(0), HEAD, x(on.freeze) - x(0), high);
      pen.globalAlpha = 1;
    }
  }

  function bars(pen, wide, high) {
    const now = new Map(view.move ? view.move.changes : []);
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark" || luminance(colours.card) < 0.5;
    const one = (at, change) => {
      const to = now.get(at) ?? on.operations[at];
      const top = y(to.machine);
      if (top <= high && top + ROW >= 0 && x(to.end) >= NAMES && x(to.start) <= wide) bar(pen, on.operations[at], to, { top, change, dark });
    };
    const rested = sequences(on.operations, on.machines.length);
    for (const sequence of rested)
      sequence.forEach(({ at, machine, family }, number) => now.has(at) || one(at, setup(on, machine, sequence[number - 1]?.family, family)));
    // What moves lies above what stays, and what is dragged above all.
    for (const at of now.keys()) if (at !== view.move.at) one(at, 0);
    if (view.move) one(view.move.at, 0);
    blocks(pen, wide, high);
    flags(pen, { wide, high, now, rested });
  }

  // Above operations: work stops there and goes on afterwards.
  function blocks(pen, wide, high) {
    stops.forEach((row, number) => {
      const top = y(number);
      if (top > high || top + ROW < HEAD) return;
      for (const one of row) {
        const [left, right] = [x(one.start), Math.max(x(one.end), x(one.start) + 3)];
        if (right < NAMES || left > wide) continue;
        const crossed = one.cause === "repair";
        const [ground, ink] = crossed ? [colours["bad-ground"], colours.bad] : [colours["warn-ground"], colours.warn];
        block(pen, { left, top: top + 1, width: right - left, height: ROW - 3 },
          { ground, ink, text: colours.ink, crossed, name: cause(one), chosen: view.stop === one.stop, from: NAMES, to: wide });
      }
    });
  }

  function flags(pen, { wide, high, now, rested }) {
    const used = on.machines.map(() => []);
    for (const one of waits) {
      const to = now.get(one.at) ?? one;
      const [at, top] = [x(on.jobs[one.job].release), y(to.machine)];
      if (top <= high && top + ROW >= HEAD && at >= NAMES && at <= wide) used[to.machine].push({ one, to, at });
    }
    used.forEach((row, machine) => row.sort((a, b) => a.at - b.at).forEach(({ one, to, at }, number) => {
      // Words may stand left of a flag, up to what is drawn there.
      const others = [...before(rested[machine], at), ...before(stops[machine], at)].map((other) => x(other.end));
      const room = Math.max(NAMES + 2, ...others, number ? row[number - 1].at + 8 : 0);
      const { materials } = on.jobs[one.job];
      const last = materials.at(-1).item;
      flag(pen, at, { top: y(machine), height: ROW, begins: Math.max(x(to.start), at), bound: bound(on, one, to), tied: view.selected === one.at || view.move?.at === one.at,
        colour: colours.accent, ground: colours.card, name: materials.length > 1 ? `${last} +${materials.length - 1}` : last, room });
    }));
  }

  // The last two that begin before a place: what they cover is all that may lie left of it.
  function before(row, at) {
    let [low, high] = [0, row.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x(row[middle].start) < at) low = middle + 1;
      else high = middle;
    }
    return row.slice(Math.max(low - 2, 0), low);
  }

  // Where words may stand in an operation: between the blocks that lie above it.
  function pieces(machine, left, right) {
    const found = [];
    let from = left;
    for (const one of stops[machine]) {
      const [start, end] = [x(one.start), Math.max(x(one.end), x(one.start) + 3)];
      if (start >= right) break;
      if (end <= left) continue;
      found.push([from, start]);
      from = Math.max(from, end);
    }
    found.push([from, right]);
    return found;
  }

  function bar(pen, one, to, { top, change, dark }) {
    const [left, right] = [x(to.start), Math.max(x(to.end), x(to.start) + 2)];
    const late = on.jobs[one.job].due >= 0 && to.end > on.jobs[one.job].due;
    const faulty = view.move?.at === one.at && view.move.faults.length;
    const chosen = view.selected === one.at;
    const edge = faulty || late ? colours.bad : chosen ? colours.accent : colours.soft;
    const slim = right - left <= SLIM && !chosen;
    pen.fillStyle = slim ? edge : `hsl(${(one.job * ANGLE) % 360} ${dark ? "38% 34%" : "55% 84%"})`;
    pen.fillRect(left, top + 3, right - left, ROW - 7);
    if (change > 0) {
      pen.fillStyle = colours.warn;
      pen.fillRect(left - change / view.perPixel, top + ROW / 2 - 2, change / view.perPixel, 4);
    }
    if (!slim) {
      pen.lineWidth = chosen ? 3 : 1;
      pen.strokeStyle = edge;
      pen.strokeRect(left + 0.5, top + 3.5, right - left - 1, ROW - 8);
    }
    if (stays(on, one)) {
      pen.fillStyle = colours.ink;
      pen.fillRect(left, top + 3, Math.min(4, right - left), ROW - 7);
    }
    const shown = [Math.max(left, NAMES), Math.min(right, canvas.clientWidth)];
    if (shown[1] - shown[0] < LEAST) return;
    const texts = [name(one), one.jobName];
    const places = pieces(to.machine, ...shown).map(([from, until]) => [from, until - from - 14]);
    const free = places.filter(([, room]) => room >= LEAST - 14);
    if (!free.length) return;
    const [from, room] = free.find(([, some]) => pen.measureText(texts[0]).width <= some) ?? free.reduce((best, next) => next[1] > best[1] ? next : best);
    pen.fillStyle = colours.ink;
    pen.fillText(fitting(pen, texts, room), from + 7, top + ROW / 2);
  }

  function ticks(wide) {
    const step = (STEPS_S.find((one) => one / tickS / view.perPixel > 110) ?? STEPS_S.at(-1)) / tickS;
    const first = Math.ceil(view.from / step);
    return Array.from({ length: Math.ceil((wide - NAMES) * view.perPixel / step) }, (_, number) => (first + number) * step);
  }

  function grid(pen, wide, high) {
    for (const time of ticks(wide)) line(pen, x(time), high, colours.line, [], 1);
  }

  function head(pen, wide, high) {
    pen.fillStyle = colours.card;
    pen.fillRect(0, 0, wide, HEAD);
    pen.fillRect(0, 0, NAMES, high);
    pen.fillStyle = colours.soft;
    for (const time of ticks(wide)) if (x(time) + 4 + pen.measureText(write(time)).width <= wide) pen.fillText(write(time), x(time) + 4, HEAD / 2);
    pen.fillStyle = colours.ink;
    on.machines.forEach((machine, row) => {
      if (y(row) + ROW > HEAD && y(row) < high) pen.fillText(fitting(pen, [machine.name], NAMES - 16), 8, y(row) + ROW / 2);
    });
    pen.fillStyle = colours.card;
    pen.fillRect(0, 0, NAMES, HEAD);
    pen.fillStyle = colours.line;
    pen.fillRect(NAMES - 1, 0, 1, high);
    pen.fillRect(0, HEAD - 1, wide, 1);
  }

  function line(pen, at, high, colour, dash, wide) {
    pen.save();
    pen.strokeStyle = colour;
    pen.lineWidth = wide;
    pen.setLineDash(dash);
    pen.beginPath();
    pen.moveTo(at, HEAD);
    pen.lineTo(at, high);
    pen.stroke();
    pen.restore();
  }

  /** What is at a place of the canvas; the shortest of those that lie on each other. */
  function hit(px, py) {
    const row = rowAt(py);
    const there = on.operations.filter((one) => one.machine === row && px >= x(one.start) - 2 && px <= Math.max(x(one.end), x(one.start) + 2) + 2);
    return px < NAMES || py < HEAD ? null : there.sort((a, b) => (a.end - a.start) - (b.end - b.start))[0] ?? null;
  }

  /** What is under a place: maintenance or repair, the flag of an operation, or an operation. */
  function under(px, py) {
    const [row, one] = [rowAt(py), hit(px, py)];
    if (px < NAMES || py < HEAD || !stops[row]) return {};
    const stop = stops[row].find((each) => px >= x(each.start) - 2 && px <= Math.max(x(each.end), x(each.start) + 3) + 2);
    const near = (each) => each.machine === row && Math.abs(px - x(on.jobs[each.job].release)) <= 7;
    const mark = waits.find((each) => near(each) && (!one || py - y(row) <= 12));
    return mark ? { mark } : stop ? { stop } : { one };
  }

  canvas.addEventListener("pointerdown", (event) => {
    const { one = null, stop, mark } = under(event.offsetX, event.offsetY);
    canvas.setPointerCapture(event.pointerId);
    view.dragging = { one, x: event.offsetX, y: event.offsetY, grip: one ? timeAt(event.offsetX) - one.start : 0, moved: false };
    if (stop) heard.select({ stop: stop.stop });
    else if (one || mark) heard.select((one ?? mark).at);
  });
  canvas.addEventListener("pointermove", (event) => {
    const held = view.dragging;
    if (!held) return heard.hover(under(event.offsetX, event.offsetY), event);
    held.moved ||= Math.abs(event.offsetX - held.x) + Math.abs(event.offsetY - held.y) > 4;
    if (!held.moved) return null;
    if (held.one) return heard.drag(held.one.at, rowAt(event.offsetY), timeAt(event.offsetX) - held.grip, event);
    pan(held.x - event.offsetX, held.y - event.offsetY);
    [held.x, held.y] = [event.offsetX, event.offsetY];
    return null;
  });
  canvas.addEventListener("pointerup", () => {
    const held = view.dragging;
    view.dragging = null;
    if (held?.one && held.moved) heard.drop();
  });
  canvas.addEventListener("pointercancel", () => { view.dragging = null; view.move = null; draw(); });
  canvas.addEventListener("pointerleave", (event) => { if (!view.dragging) heard.hover({}, event); });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.shiftKey) pan(event.deltaX || event.deltaY);
    else zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, event.offsetX);
  }, { passive: false });
  const sized = new ResizeObserver(draw);
  sized.observe(canvas);
  return { fit, zoom, pan, draw, hit, x, y, show: (move) => { view.move = move; draw(); }, select: (at, stop = null) => { [view.selected, view.stop] = [at, stop]; draw(); },
    height: HEAD + on.machines.length * ROW, end: () => sized.disconnect() };
}

function luminance(colour) {
  const parts = /^#(..)(..)(..)$/.exec(colour);
  return parts ? (0.3 * parseInt(parts[1], 16) + 0.6 * parseInt(parts[2], 16) + 0.1 * parseInt(parts[3], 16)) / 255 : 1;
}
