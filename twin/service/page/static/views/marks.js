// What a row of the chart shows beside operations: maintenance and repair as hatched blocks, and from when material is there.

const GAP = 6;
const EDGE = 4;

const patterns = new Map();

// Slanted lines, or crossed ones, so that a block is told apart without its colour; made once, as there may be hundreds of blocks.
function pattern(pen, { ground, ink, crossed }) {
  const scale = devicePixelRatio || 1;
  const key = [ground, ink, crossed, scale].join(" ");
  if (patterns.has(key)) return patterns.get(key);
  const tile = document.createElement("canvas");
  tile.width = tile.height = Math.round(GAP * scale);
  const to = tile.getContext("2d");
  to.fillStyle = ground;
  to.fillRect(0, 0, tile.width, tile.width);
  to.scale(tile.width / GAP, tile.width / GAP);
  to.strokeStyle = ink;
  to.globalAlpha = 0.75;
  to.beginPath();
  for (const from of [-GAP, 0, GAP]) {
    to.moveTo(from - 1, GAP + 1);
    to.lineTo(from + GAP + 1, -1);
    if (crossed) to.moveTo(from - 1, -1);
    if (crossed) to.lineTo(from + GAP + 1, GAP + 1);
  }
  to.stroke();
  const made = pen.createPattern(tile, "repeat");
  made.setTransform(new DOMMatrix().scale(GAP / tile.width));
  patterns.set(key, made);
  return made;
}

/** Draw a block of maintenance or repair; its name where it can be read in full. */
export function block(pen, place, { ground, ink, text, crossed, name, chosen, from, to }) {
  const { left: begin, top, width, height } = place;
  pen.fillStyle = pattern(pen, { ground, ink, crossed });
  pen.fillRect(begin, top, width, height);
  pen.lineWidth = 2;
  pen.strokeStyle = ink;
  pen.strokeRect(begin + 1, top + 1, Math.max(width - 2, 0), height - 2);
  if (chosen) {
    pen.strokeStyle = text;
    pen.lineWidth = 2;
    pen.strokeRect(begin - 1, top - 1, width + 2, height + 2);
  }
  const [left, right] = [Math.max(begin, from), Math.min(begin + width, to)];
  const wide = pen.measureText(name).width;
  if (right - left < wide + 4 * EDGE) return;
  const middle = (left + right) / 2;
  pen.fillStyle = ground;
  pen.fillRect(middle - wide / 2 - EDGE, top + 5, wide + 2 * EDGE, height - 10);
  pen.fillStyle = text;
  pen.fillText(name, middle - wide / 2, top + height / 2);
}

/**
 * Draw from when the material of an operation is there: a flag, tied to the operation by a line along the row, which is full where the
 * operation begins as soon as that. `begins` is where it begins; `room` is where words may begin left of the flag.
 */
export function flag(pen, at, { top, height, begins, bound, tied, colour, ground, name, room }) {
  pen.fillStyle = colour;
  pen.strokeStyle = colour;
  if (begins > at && (bound || tied)) {
    pen.lineWidth = bound ? 4 : 2;
    pen.setLineDash(bound ? [] : [2, 3]);
    pen.beginPath();
    pen.moveTo(at, top + height - 4);
    pen.lineTo(begins, top + height - 4);
    pen.stroke();
    pen.setLineDash([]);
  }
  if (bound) pen.fillRect(begins, top + 3, EDGE, height - 7);
  pen.fillRect(at - 1, top + 1, 2, height - 3);
  pen.beginPath();
  pen.moveTo(at, top);
  pen.lineTo(at + 6, top + 6);
  pen.lineTo(at, top + 12);
  pen.lineTo(at - 6, top + 6);
  pen.closePath();
  pen.fill();
  pen.lineWidth = 1;
  pen.strokeStyle = ground;
  pen.stroke();
  const wide = pen.measureText(name).width;
  if (at - 9 - wide < room) return;
  pen.fillText(name, at - 9 - wide, top + height / 2);
}

/** Return the first of some texts that fits; the last is shortened if none does. */
export function fitting(pen, texts, room) {
  const whole = texts.find((text) => pen.measureText(text).width <= room);
  if (whole !== undefined) return whole;
  const letters = [...texts.at(-1)];
  while (letters.length > 1 && pen.measureText(`${letters.join("")}…`).width > room) letters.pop();
  return `${letters.join("")}…`;
}
