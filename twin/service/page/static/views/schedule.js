// Schedule: machines over time, from the search for the best order of work, changed by hand.

import { get, post } from "../api.js";
import { h, show } from "../dom.js";
import { wrong } from "../problems.js";
import { sayAll } from "../sentences.js";
import { number, shortTime, t } from "../words.js";
import { desk } from "./desk.js";
import { board, measure, stepped } from "./feasible.js";
import { gantt } from "./gantt.js";
import { legend } from "./legend.js";
import { faults, material, operations, said, stopped, stopsNear, writing } from "./operations.js";
import { watch } from "./work.js";

const STEP_S = 900;
const LONG_STEP_S = 4 * 3600;

async function latest() {
  const made = (await get("/jobs")).find((job) => job.kind === "schedule" && job.status === "done");
  return made ? get(`/jobs/${made.id}/result`) : null;
}

function tile(what) {
  const value = h("div", { class: "value" }, "–");
  return { value, tile: h("div", { class: "tile" }, h("div", { class: "what" }, what), value) };
}

function fields() {
  const labelled = (id, input) => h("div", { class: "field" }, h("label", { for: id }, t(`schedule.${id}`)), input);
  const seconds = h("input", { id: "seconds", type: "number", min: 1, max: 600, value: 5, required: true });
  const freeze = h("input", { id: "freeze", type: "number", min: 0, max: 8760, step: "any", value: 0, required: true });
  return { seconds, freeze, parts: [labelled("seconds", seconds), labelled("freeze", freeze)] };
}

// Everything of one schedule: chart, measures, what is chosen, table.
function sheet(place, found, page, freeze) {
  const on = board(found);
  const write = writing(found, page);
  const start = measure(on);
  const told = { makespan: tile(t("schedule.makespan")), tardiness: tile(t("schedule.tardiness")), moved: tile(t("schedule.moved")), state: tile(t("schedule.state")) };
  told.state.value.setAttribute("role", "status");
  told.state.value.classList.add("said");
  const canvas = h("canvas", { class: "gantt", tabindex: 0, role: "application", "aria-label": t("schedule.chart"), onkeydown: pressed });
  const tip = h("div", { class: "tip", hidden: true });
  const chosen = h("p", { class: "chosen", "aria-live": "polite" }, t("schedule.nothing_chosen"));
  const machine = h("select", { "aria-label": t("schedule.machine"), disabled: true, onchange: () => move(Number(machine.value), 0) });
  const button = (name, act) => h("button", { type: "button", onclick: act }, t(`schedule.${name}`));
  const acts = { undo: button("undo", () => work.undo()), redo: button("redo", () => work.redo()), check: button("check", () => work.check()), lock: button("lock", () => lock(selected)),
    earlier: button("earlier", () => move(null, -STEP_S)), later: button("later", () => move(null, STEP_S)) };
  const looks = [button("zoom_in", () => chart.zoom(1 / 1.5)), button("zoom_out", () => chart.zoom(1.5)), button("fit", () => chart.fit())];
  const listed = h("section", {});
  let [selected, stop, judged] = [null, null, null];

  // What the service finds wrong comes by kind and parts.
  async function check(body) {
    const answer = await post("/schedules/check", body);
    return { ...answer, faults: sayAll(answer.said, answer.faults, page.zone) };
  }

  const work = desk(on, found, { check, changed });
  const chart = gantt(canvas, on, {
    tickS: found.tick_s, write: (tick) => shortTime(write.at(tick), page.zone), name: (one) => `${one.jobName} ${one.name}`, cause: (one) => t(`schedule.${one.cause}`),
    heard: { hover, select, drag, drop: () => { const last = judged; chart.show(null); judged = null; tip.hidden = true; if (last) work.move(last); } },
  });

  function measured(now) {
    const hours = (kind) => t("schedule.delta", { hours: write.hours(now[kind]), delta: `${now[kind] >= start[kind] ? "+" : "−"}${write.hours(Math.abs(now[kind] - start[kind]))}` });
    told.makespan.value.textContent = hours("makespan");
    told.tardiness.value.textContent = hours("tardiness");
    told.moved.value.textContent = number(now.moved);
  }

  function changed(state, list = []) {
    if (state) told.state.value.textContent = t(`check.${state}`, { faults: faults(list, write) });
    if (state) told.state.value.classList.toggle("wrong", ["refused", "unconfirmed"].includes(state));
    measured(measure(on));
    redraw();
    select(stop ?? selected);
    chart.draw();
  }

  // An operation by its number, or maintenance or a repair as {stop: number}.
  function select(what) {
    [selected, stop] = what?.stop === undefined ? [what, null] : [null, { stop: what.stop }];
    const one = selected === null ? null : on.operations[selected];
    chart.select(selected, stop?.stop ?? null);
    chosen.textContent = one ? said(on, one, write) : stop ? stopped(on, on.stops[stop.stop], write) : t("schedule.nothing_chosen");
    acts.lock.textContent = t(one?.locked ? "schedule.unlock" : "schedule.lock");
    acts.undo.disabled = !work.can().undo;
    acts.redo.disabled = !work.can().redo;
    acts.check.disabled = !work.can().check;
    for (const name of ["lock", "earlier", "later"]) acts[name].disabled = !one || one.begun;
    machine.disabled = !one || one.begun;
    show(machine, one ? [...one.modes.keys()].map((row) => h("option", { value: row, selected: row === one.machine }, on.machines[row].name)) : []);
  }

  function lock(at) {
    if (at !== null && !on.operations[at].begun) work.lock(at);
  }

  function move(to, seconds) {
    if (selected === null) return;
    const one = on.operations[selected];
    work.move(work.judge(selected, to ?? one.machine, seconds ? stepped(on, one.machine, one.start, seconds / found.tick_s) : one.start));
  }

  function another(by) {
    const modes = [...on.operations[selected].modes.keys()].sort((a, b) => a - b);
    const next = modes[modes.indexOf(on.operations[selected].machine) + by];
    if (next !== undefined) move(next, 0);
  }

  function near(event, text) {
    tip.textContent = text;
    tip.hidden = false;
    tip.style.setProperty("left", `${Math.min(event.offsetX + 14, canvas.clientWidth - 270)}px`);
    tip.style.setProperty("top", `${event.offsetY + 18}px`);
  }

  function hover({ one, stop: under, mark }, event) {
    tip.hidden = !one && !under && !mark;
    if (under) near(event, stopped(on, under, write));
    else if (mark) near(event, material(on, mark, write));
    else if (one) near(event, said(on, one, write));
  }

  function drag(at, row, wanted, event) {
    if (!on.machines[row]) return;
    judged = work.judge(at, row, wanted);
    chart.show(judged);
    measured(judged.measures);
    const all = faults(judged.faults, write);
    near(event, all || `${write.moment(judged.start)} – ${t("check.moves", { count: number(judged.changes.size) })}`);
  }

  function pressed(event) {
    const step = event.shiftKey ? LONG_STEP_S : STEP_S;
    const order = [...on.operations, ...stopsNear(on)].sort((a, b) => a.start - b.start || (a.at ?? Infinity) - (b.at ?? Infinity) || a.stop - b.stop);
    const place = order.findIndex((one) => stop ? one.stop === stop.stop : one.at !== undefined && one.at === selected);
    const beside = (by) => { const next = order[(Math.max(place, by < 0 ? 0 : -1) + by + order.length) % order.length]; select(next.at ?? { stop: next.stop }); };
    const keys = { "+": () => chart.zoom(1 / 1.5), "-": () => chart.zoom(1.5), PageDown: () => beside(1), PageUp: () => beside(-1), l: () => lock(selected) };
    if (event.ctrlKey || event.metaKey) Object.assign(keys, { z: work.undo, y: work.redo });
    if (selected !== null) Object.assign(keys, { ArrowLeft: () => move(null, -step), ArrowRight: () => move(null, step), ArrowUp: () => another(-1), ArrowDown: () => another(1) });
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  function frozen() {
    on.freeze = Math.max(0, Math.round((Number(freeze.value) * 3600) / found.tick_s)) || 0;
    chart.draw();
  }

  show(place, h("div", { class: "tiles wide" }, Object.values(told).map((one) => one.tile)),
    h("div", { class: "tools" }, acts.undo, acts.redo, acts.check, acts.lock, acts.earlier, acts.later, machine, looks),
    h("div", { class: "chart" }, canvas, tip), chosen, legend(on), listed,
    found.left_out.length > 0 && h("details", {}, h("summary", {}, t("schedule.left_out")), h("ul", {}, found.left_out.map((one) => h("li", { lang: "en" }, one)))));
  canvas.style.setProperty("height", `${Math.min(chart.height + 2, 620)}px`);
  const redraw = operations(listed, on, write, { choose: (at) => { select(at); canvas.focus(); }, lock });
  freeze.addEventListener("input", frozen);
  frozen();
  changed("unchanged");
  requestAnimationFrame(() => chart.fit());
  return { kept: work.kept, end: () => { chart.end(); freeze.removeEventListener("input", frozen); } };
}

/** Show the schedule; returns what ends it. */
export async function schedule(main, page) {
  const [place, told] = [h("section", {}), h("section", {})];
  const given = fields();
  let open = null;
  const again = h("button", { type: "button", disabled: true, onclick: around }, t("schedule.again"));
  const form = h("form", { class: "form", onsubmit: (event) => { event.preventDefault(); ask(null); } }, given.parts,
    h("button", { type: "submit", class: "main" }, t("schedule.make")), again);

  function showing(found) {
    open?.end();
    open = sheet(place, found, page, given.freeze);
    again.disabled = false;
  }

  async function around() {
    const kept = await open.kept();
    if (kept) await ask(kept);
  }

  async function ask(kept) {
    try {
      const found = await watch(told, await post("/schedules", { at: page.moment, seconds: Number(given.seconds.value), kept }));
      if (found?.operations.length) showing(found);
      else if (found) show(told, h("p", { class: "problem", role: "alert" }, t(`solved.${found.status}`)));
    } catch (error) {
      show(told, wrong(error, { zone: page.zone }));
    }
  }

  show(main, h("h1", {}, t("view.schedule")), form, told, place);
  const made = await latest();
  if (made?.operations.length && made.rules) showing(made);
  else show(place, h("p", { class: "waits" }, t("schedule.none")));
  return () => open?.end();
}
