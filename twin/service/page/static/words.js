// Words of the page in the language of the planner, and numbers and times as it writes them.

const LANGUAGES = { en: "English", zh: "中文" };
const KEPT = "millstream.language";

let words = {};
let language = "en";

/** Languages there are, by code. */
export const languages = LANGUAGES;

/** The language in use. */
export function current() {
  return language;
}

/** Load the words of a language; without one, that of the browser or the last. */
export async function speak(wanted) {
  const asked = wanted ?? localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  language = asked in LANGUAGES ? asked : "en";
  words = await (await fetch(`/page/words/${language}.json`)).json();
  localStorage.setItem(KEPT, language);
  document.documentElement.lang = language;
}

/** Return the words of a key, with {names} filled in. A key without words is shown as it is. */
export function t(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Return the words of a key in pieces, with elements where their {names} stand. */
export function pieces(key, elements) {
  return (words[key] ?? key).split(/\{(\w+)\}/).map((piece, place) => place % 2 ? elements[piece] : piece);
}

/** Tell whether there are words of a key. */
export function has(key) {
  return key in words;
}

/** Write a number with so many digits after the point. */
export function number(value, digits = 0) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: 0 }).format(value);
}

/** Write units of goods: the fewer, the more exactly. */
export function units(value) {
  return number(value, Math.abs(value) < 10 ? 2 : Math.abs(value) < 1000 ? 1 : 0);
}

/** Write an amount of money, short where it is large. */
export function money(value, currency) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  return new Intl.NumberFormat(language, {
    style: "currency", currency, notation: size >= 1e5 ? "compact" : "standard", minimumFractionDigits: 0, maximumFractionDigits: size >= 1e5 ? 1 : size < 100 ? 2 : 0,
  }).format(value);
}

/** Write a share as per cent. */
export function share(value, digits = 1) {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: digits }).format(value);
}

/** Write a time, microseconds UTC. */
export function time(us, zone = "UTC") {
  if (us === null || us === undefined) return "–";
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23", timeZone: zone }).format(new Date(us / 1000));
}

/** Write a time without its year, for a table. */
export function when(us, zone = "UTC") {
  if (us === null || us === undefined) return "–";
  return new Intl.DateTimeFormat(language, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(new Date(us / 1000));
}

/** Write a day without its year. */
export function day(us, zone = "UTC") {
  return new Intl.DateTimeFormat(language, { month: "long", day: "numeric", timeZone: zone }).format(new Date(us / 1000));
}

/** Write a time in few letters, for an axis. */
export function shortTime(us, zone = "UTC") {
  return new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(new Date(us / 1000));
}
