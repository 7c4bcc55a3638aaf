// The frame of the page: who is signed in, which view is shown, and of what moment.

import { at, changes, get, goOn, signIn, signOut } from "./api.js";
import { h, show } from "./dom.js";
import { told as sayWrong, wrong } from "./problems.js";
import { current, languages, speak, t, time, when } from "./words.js";
import { futures } from "./views/futures.js";
import { machines } from "./views/machines.js";
import { plans } from "./views/plans.js";
import { schedule } from "./views/schedule.js";
import { stock } from "./views/stock.js";
import { streams } from "./views/streams.js";
import { tower } from "./views/tower.js";
import { why } from "./views/why.js";

const VIEWS = { tower, schedule, stock, machines, futures, why, plans, streams };
const THEMES = ["system", "light", "dark"];
const KEPT = "millstream.theme";

const app = document.getElementById("app");
const page = { moment: null, currency: "EUR", zone: "UTC", session: null, listeners: new Set(), ended };
let leave = () => {};

// The session has ended while a view was open.
function ended() {
  leave();
  page.stop?.();
  signInForm();
}

/** What views share: the moment that is looked at, money, time zone, and who asks. */
export function shared() {
  return page;
}

function theme(next) {
  const chosen = next ?? localStorage.getItem(KEPT) ?? "system";
  localStorage.setItem(KEPT, chosen);
  document.documentElement.dataset.theme = chosen;
  return chosen;
}

function signInForm(problem) {
  const key = h("input", { id: "key", type: "password", autocomplete: "current-password", required: true, spellcheck: "false" });
  const form = h("form", { class: "sign-in", onsubmit: enter },
    h("h1", {}, "Millstream"), h("p", {}, t("sign_in.what")),
    h("label", { for: "key" }, t("sign_in.key")), key,
    problem && h("p", { class: "problem", role: "alert" }, problem),
    h("button", { type: "submit", class: "main" }, t("sign_in.enter")));
  async function enter(event) {
    event.preventDefault();
    try {
      page.session = await signIn(key.value.trim());
      await start();
    } catch (error) {
      signInForm(error.status === 401 ? t("sign_in.wrong") : sayWrong(error));
    }
  }
  show(app, h("main", { class: "alone" }, form));
  key.focus();
}

function navigation(name) {
  const links = Object.keys(VIEWS).map((view) =>
    h("a", { href: `#${view}`, "aria-current": view === name ? "page" : null }, t(`view.${view}`)));
  return h("nav", { "aria-label": t("frame.views") }, links);
}

function settings() {
  const language = h("select", { "aria-label": t("frame.language"), onchange: async () => { await speak(language.value); await start(); } },
    Object.entries(languages).map(([code, name]) => h("option", { value: code, selected: code === current() }, name)));
  const shade = h("select", { "aria-label": t("frame.theme"), onchange: () => theme(shade.value) },
    THEMES.map((one) => h("option", { value: one, selected: one === theme() }, t(`theme.${one}`))));
  const out = h("button", { onclick: leaveSession }, t("frame.sign_out"));
  return h("div", { class: "settings" }, language, shade, out);
}

async function leaveSession() {
  try {
    await signOut();
  } catch (error) {
    if (error.status !== 401) return signInForm(sayWrong(error));
  }
  page.stop?.();
  signInForm();
}

const SECOND_US = 1_000_000;
const [HOUR_S, DAY_S] = [3600, 86_400];
// How far a key goes where the slider goes over time; offsets go one by one, as the browser has it.
const STEPS = { ArrowLeft: -HOUR_S, ArrowDown: -HOUR_S, ArrowRight: HOUR_S, ArrowUp: HOUR_S, PageDown: -DAY_S, PageUp: DAY_S };

// What the slider goes over: offsets of one partition; seconds where events are in several, whose offsets say nothing of each other.
function scaleOf(progress) {
  const offsets = Object.values(progress.position);
  if (offsets.length < 2) return { low: 0, high: offsets[0] ?? 0, steps: {}, moment: String, of: Number, tell: (value) => t("slider.offset", { offset: value }) };
  const low = Math.floor((page.network.as_of_us ?? 0) / SECOND_US);
  return { low, high: Math.max(low, Math.ceil((progress.latest_us ?? 0) / SECOND_US)), steps: STEPS, moment: (value) => new Date(1000 * value).toISOString(),
    of: (moment) => Date.parse(moment) / 1000, tell: (value) => time(value * SECOND_US, page.zone) };
}

function slider(progress) {
  let scale = scaleOf(progress);
  const shown = page.moment === null ? scale.high : scale.of(page.moment);
  const told = h("output", { for: "moment" });
  const tell = (text) => { told.textContent = text; range.setAttribute("aria-valuetext", text); };
  const isNow = () => Number(range.value) >= Number(range.max);
  const range = h("input", { id: "moment", type: "range", min: scale.low, max: scale.high, value: shown, "aria-label": t("slider.label"),
    onkeydown: step,
    oninput: () => tell(isNow() ? t("slider.now") : scale.tell(Number(range.value))),
    onchange: async () => { page.moment = isNow() ? null : scale.moment(Number(range.value)); await Promise.all([open(), dated(tell)]); } });
  tell(page.moment === null ? t("slider.now") : scale.tell(shown));
  function step(event) {
    const by = scale.steps[event.key];
    if (!by) return;
    event.preventDefault();
    const was = range.value;
    range.value = Number(was) + by;
    if (range.value !== was) for (const name of ["input", "change"]) range.dispatchEvent(new Event(name));
  }

  page.listeners.add((topic, data) => {
    if (topic !== "progress") return;
    scale = scaleOf(data);
    [range.min, range.max] = [scale.low, scale.high];
    if (page.moment === null) {
      range.value = range.max;
      tell(t("slider.now"));
    }
    clock.textContent = time(data.latest_us, page.zone);
  });
  const clock = h("span", { class: "clock" }, time(progress.latest_us, page.zone));
  return h("div", { class: "slider" }, h("label", { for: "moment" }, t("slider.label")), range, told, clock);
}

// Says when the moment was that is looked at, beside its offset.
async function dated(tell) {
  if (page.moment === null || !/^\d+$/.test(page.moment)) return;
  const asked = page.moment;
  const found = await get(`/state/stock?rows=0&${at(asked)}`).catch(() => null);
  if (found && page.moment === asked) tell(t("slider.at", { offset: asked, time: when(found.latest_us, page.zone) }));
}

async function open() {
  leave();
  const name = location.hash.slice(1).split("/")[0];
  const view = VIEWS[name] ? name : "tower";
  const main = h("main", { id: "main", tabindex: -1 }, h("p", { class: "waits" }, t("frame.loading")));
  show(app, h("a", { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); main.focus(); } }, t("frame.skip")),
    h("header", {}, h("div", { class: "name" }, "Millstream"), navigation(view), settings()), page.slider, main);
  document.title = `${t(`view.${view}`)} – Millstream`;
  try {
    leave = (await VIEWS[view](main, page)) ?? (() => {});
  } catch (error) {
    if (error.status === 401) return signInForm();
    show(main, wrong(error, { zone: page.zone }));
    if (error.status === 503 && error.againS) comeAgain(error.againS);
  }
}

// The service says when a view can be drawn; who goes elsewhere meanwhile is not called back.
function comeAgain(seconds) {
  const again = setTimeout(open, 1000 * seconds);
  leave = () => clearTimeout(again);
}

async function start() {
  try {
    page.session = await goOn();
    const [network, progress] = await Promise.all([get("/network"), get("/streams")]);
    page.currency = network.currency;
    page.zone = network.time_zone;
    page.network = network;
    page.listeners.clear();
    page.slider = slider(progress);
    page.stop?.();
    // What happens at all sites is not told to a key for some.
    page.stop = page.session.sites.length ? null : changes(["progress", "job", "plan"], (topic, data) => { for (const heard of page.listeners) heard(topic, data); });
    await open();
  } catch (error) {
    if (error.status !== 401) throw error;
    signInForm();
  }
}

window.addEventListener("hashchange", open);
theme();
await speak();
await start();
