// What binds a schedule, judged while an operation is dragged. Times are in ticks; nothing here knows of the page.
//
// A move puts one operation on a machine at a time. What then overlaps, or would start too early, is pushed to the right in the
// order it had; what is locked, frozen or under way is never pushed: that is a fault of the move, as is a time at which its machine
// is maintained or repaired, or before its material is there. Where the machine is still at work, the operation itself begins behind
// that. Operators and tools are judged by the service alone.

const NONE = -1;

/** Make a board of a schedule and its rules, both as the interface answers them. */
export function board({ rules, operations }) {
  const machineOf = new Map(rules.machines.map((machine, row) => [machine.name, row]));
  const jobOf = new Map(rules.jobs.map((job, row) => [job.name, row]));
  const placed = new Map(operations.map((row) => [`${row.job}\n${row.operation}`, row]));
  const closed = rules.machines.map(() => []);
  for (const [machine, start, end] of rules.closed) closed[machineOf.get(machine)].push([start, end]);
  const stops = (rules.stops ?? []).map((one, stop) => ({ ...one, stop, machine: machineOf.get(one.machine) }));
  const all = rules.operations.map((one, at) => {
    const row = placed.get(`${one.job}\n${one.operation}`);
    const modes = new Map(one.modes.map(([machine, work]) => [machineOf.get(machine), work]));
    return { at, job: jobOf.get(one.job), jobName: one.job, name: one.operation, family: one.family, size: one.size, begun: one.begun, locked: false, modes,
      machine: machineOf.get(row.machine), start: row.start, end: row.end, before: [], after: [] };
  });
  for (const [before, after] of rules.arcs) {
    all[after].before.push(before);
    all[before].after.push(after);
  }
  const first = new Map(all.map((one) => [one.at, { machine: one.machine, start: one.start }]));
  return { machines: rules.machines, jobs: rules.jobs, setups: rules.setups, closed, stops, operations: all, freeze: 0, first };
}

function firstWindow(windows, time) {
  let [low, high] = [0, windows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (windows[middle][1] > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Return the first time from one on at which a machine is open. */
export function opens(windows, time) {
  let now = time;
  for (let row = firstWindow(windows, time); row < windows.length && windows[row][0] <= now; row += 1) now = Math.max(now, windows[row][1]);
  return now;
}

/** Return when so much open time has passed since a start. */
export function ends(windows, start, work) {
  let [now, left] = [start, work];
  for (let row = firstWindow(windows, start); row < windows.length && windows[row][0] < now + left; row += 1) {
    left -= Math.max(windows[row][0] - now, 0);
    now = Math.max(now, windows[row][1]);
  }
  return now + left;
}

/** Return the maintenance or repair of a machine that goes on at a time. */
export function stopAt(on, machine, time) {
  return on.stops.find((one) => one.machine === machine && one.start <= time && time < one.end);
}

/** Return where a step from a time leads to: over maintenance and repair, and back over all closed time. */
export function stepped(on, machine, start, ticks) {
  const closedAt = (time) => on.closed[machine].find(([from, until]) => from <= time && time < until);
  let wanted = start + ticks;
  for (let stop = stopAt(on, machine, wanted); ticks > 0 && stop; stop = stopAt(on, machine, wanted)) wanted = stop.end;
  for (let window = closedAt(wanted); ticks < 0 && window; window = closedAt(wanted)) wanted = window[0] + ticks;
  return wanted;
}

/** Return the operations that the material of a job is for: those that nothing of the job comes before. */
export function waiting(on) {
  const own = (one) => one.before.some((before) => on.operations[before].job === one.job);
  return on.operations.filter((one) => on.jobs[one.job].materials?.length && !own(one));
}

/** Tell whether an operation begins as soon as its material is there and its machine is open. */
export function bound(on, one, { machine, start } = one) {
  return start <= opens(on.closed[machine], on.jobs[one.job].release);
}

/** Return the operations of each machine in order of start. */
export function sequences(operations, n) {
  const rows = Array.from({ length: n }, () => []);
  for (const one of operations) rows[one.machine].push(one);
  for (const row of rows) row.sort((a, b) => a.start - b.start || a.end - b.end || a.at - b.at);
  return rows;
}

/** Return ticks of setup between two families on a machine; `before` undefined: what it begins with. */
export function setup(on, machine, before, family) {
  const { setup: matrix, family: begins } = on.machines[machine];
  const from = before ?? begins;
  return matrix === NONE || from === NONE || family === NONE ? 0 : on.setups[matrix][from][family];
}

/** Tell whether an operation has to stay where it is. */
export function stays(on, one) {
  return one.begun || one.locked || one.start < on.freeze;
}

/** Return makespan, weighted tardiness (ticks) and how many operations are not where the schedule had them. */
export function measure(on, changes = new Map()) {
  const last = new Float64Array(on.jobs.length);
  let [makespan, tardiness, moved] = [0, 0, 0];
  for (const one of on.operations) {
    const now = changes.get(one.at) ?? one;
    const was = on.first.get(one.at);
    if (now.end > last[one.job]) last[one.job] = now.end;
    if (now.end > makespan) makespan = now.end;
    if (now.start !== was.start || now.machine !== was.machine) moved += 1;
  }
  on.jobs.forEach((job, row) => {
    if (job.due !== NONE) tardiness += job.weight * Math.max(0, last[row] - job.due);
  });
  return { makespan, tardiness, moved };
}

// Operations that wait to be pushed, the earliest first.
class Waiting {
  constructor() {
    this.heap = [];
  }

  push(start, at) {
    const heap = this.heap;
    let place = heap.push([start, at]) - 1;
    for (let up = (place - 1) >> 1; place > 0 && heap[up][0] > heap[place][0]; up = (place - 1) >> 1) {
      [heap[up], heap[place]] = [heap[place], heap[up]];
      place = up;
    }
  }

  pop() {
    const heap = this.heap;
    const [first, last] = [heap[0], heap.pop()];
    if (!heap.length) return first;
    heap[0] = last;
    for (let place = 0; ;) {
      let least = place;
      for (const down of [2 * place + 1, 2 * place + 2]) if (down < heap.length && heap[down][0] < heap[least][0]) least = down;
      if (least === place) return first;
      [heap[least], heap[place]] = [heap[place], heap[least]];
      place = least;
    }
  }
}

function faultsOf(on, one, { machine, wanted, start, work }) {
  const faults = [];
  const stop = stopAt(on, machine, wanted);
  if (work === undefined) faults.push({ kind: "machine" });
  else if (stop) faults.push({ kind: stop.cause, machine: on.machines[machine].name, until: stop.end });
  if (one.begun) faults.push({ kind: "begun" });
  if (one.locked) faults.push({ kind: "locked" });
  if (start < on.freeze || one.start < on.freeze) faults.push({ kind: "frozen" });
  return faults;
}

/**
 * Judge a move: returns its faults, the new places of all operations that change (by number), and the measures after it.
 * A move that is asked for at a closed time begins when the machine opens.
 */
export function judge(on, at, machine, wanted) {
  const one = on.operations[at];
  const work = one.modes.get(machine);
  const then = Math.max(0, Math.round(wanted));
  const start = work === undefined ? wanted : opens(on.closed[machine], then);
  const faults = faultsOf(on, one, { machine, wanted: then, start, work });
  const end = work === undefined ? start + one.end - one.start : ends(on.closed[machine], start, work);
  const changes = new Map([[at, { machine, start, end }]]);
  if (work !== undefined) pushed(on, at, changes, faults);
  return { at, machine, start: changes.get(at).start, faults, changes, measures: measure(on, changes) };
}

function pushed(on, moved, changes, faults) {
  const now = (at) => changes.get(at) ?? on.operations[at];
  const mine = changes.get(moved);
  const rows = sequences(on.operations.filter((one) => one.at !== moved), on.machines.length);
  const row = rows[mine.machine];
  let place = row.findIndex((one) => one.start >= mine.start);
  if (place < 0) place = row.length;
  row.splice(place, 0, on.operations[moved]);
  const places = new Map();
  for (const sequence of rows) sequence.forEach((one, number) => places.set(one.at, { sequence, number }));
  const together = (a, b) => on.machines[now(a).machine].batch > 0 && on.operations[a].family === on.operations[b].family && now(a).start === now(b).start;
  const materialFrom = (at) => on.jobs[on.operations[at].job].release;
  const workUntil = (at) => {
    let until = 0;
    for (const before of on.operations[at].before) until = Math.max(until, now(before).end);
    return until;
  };
  const earliest = (at) => {
    const one = on.operations[at];
    const { sequence, number } = places.get(at);
    const { machine } = now(at);
    let ahead = number - 1;
    while (ahead >= 0 && together(sequence[ahead].at, at)) ahead -= 1;
    const before = sequence[ahead];
    const change = setup(on, machine, before?.family, one.family);
    const free = before ? now(before.at).end : 0;
    return opens(on.closed[machine], Math.max(materialFrom(at), workUntil(at), change ? ends(on.closed[machine], free, change) : free));
  };
  if (materialFrom(moved) > mine.start) faults.push({ kind: "material", job: on.operations[moved].jobName, from: materialFrom(moved) });
  if (workUntil(moved) > mine.start) faults.push({ kind: "precedence" });
  mine.start = Math.max(mine.start, earliest(moved));
  mine.end = ends(on.closed[mine.machine], mine.start, on.operations[moved].modes.get(mine.machine));
  const waiting = new Waiting();
  const queue = (at) => {
    const { sequence, number } = places.get(at);
    for (const next of on.operations[at].after) waiting.push(now(next).start, next);
    const behind = sequence[number + 1];
    if (behind) waiting.push(now(behind.at).start, behind.at);
  };
  queue(moved);
  // What followed it on the machine it leaves has another setup now; it may need more of it.
  const left = on.operations[moved];
  const follower = rows[left.machine].find((one) => one.at !== moved && one.start >= left.start);
  if (follower) waiting.push(follower.start, follower.at);
  while (waiting.heap.length) {
    const [, at] = waiting.pop();
    const { machine, start } = now(at);
    const from = earliest(at);
    if (from <= start) continue;
    const one = on.operations[at];
    if (at === moved || stays(on, one)) {
      faults.push({ kind: at === moved ? "precedence" : "pushes", job: one.jobName, operation: one.name });
      return;
    }
    changes.set(at, { machine, start: from, end: ends(on.closed[machine], from, one.modes.get(machine)) });
    queue(at);
  }
}

/** Put a judged move on the board; returns what takes it back. */
export function apply(on, move) {
  const was = new Map();
  for (const [at, to] of move.changes) {
    const { machine, start, end } = on.operations[at];
    was.set(at, { machine, start, end });
    Object.assign(on.operations[at], to);
  }
  return { changes: was };
}

/** Return operations as the interface wants them. */
export function placed(on, operations = on.operations) {
  return operations.map((one) => ({ job: one.jobName, operation: one.name, machine: on.machines[one.machine].name, start: one.start }));
}
