// Sentences that the service tells by their kind and what stands in them, in the language of the planner.

import { current, day, has, t, time } from "./words.js";

const HOUR_S = 3600;
const DAY_S = 86_400;
const ANY = "*";
const DIGITS = 6;
// Times of which a hundredth of an hour is no part are told in seconds, exactly.
const PART_S = HOUR_S / 100;
const TIME_DIGITS = 12;

const exact = (value, digits = DIGITS) => new Intl.NumberFormat(current(), { maximumSignificantDigits: digits }).format(value);
const tableName = (name) => has(`table.${name}`) ? t(`table.${name}`) : name;
const columnName = (name) => has(`column.${name}`) ? t(`column.${name}`) : name;
const list = (names) => names.join(current() === "zh" ? "、" : ", ");

function duration(seconds) {
  const told = (value) => exact(value, TIME_DIGITS);
  if (seconds >= DAY_S && seconds % DAY_S === 0) return t("said_part.days", { count: told(seconds / DAY_S) });
  const hours = seconds >= HOUR_S && seconds % PART_S === 0;
  return hours ? t("said_part.hours", { count: told(seconds / HOUR_S) }) : t("said_part.seconds", { count: told(seconds) });
}

function rows(names, more) {
  const told = list(names);
  return more ? t("said_part.more", { rows: told, count: exact(more) }) : told;
}

/** Say why a record could not be used; null: the reason has no words. */
export function reason(name) {
  const key = name.replaceAll(" ", "_").toLowerCase();
  return has(`letter_reason.${key}`) ? t(`letter_reason.${key}`) : null;
}

// What is written in another way than its kind of value says.
const OWN = {
  table: tableName,
  column: columnName,
  share: (value) => new Intl.NumberFormat(current(), { style: "percent", maximumSignificantDigits: DIGITS }).format(value),
  order_kind: (value) => t(`order_kind.${value}`),
  any_item: (value) => value === ANY ? t("said_part.every_item") : value,
  any_customer: (value) => value === ANY ? t("said_part.every_customer") : value,
  start_s: (value) => value ? t("said_part.after_start", { time: duration(value) }) : t("said_part.from_start"),
  any_site: (value) => value === ANY ? t("said_part.every_place") : value,
  rows: (value, parts) => rows(value, parts.n_more),
  job_status: (value) => t(`job.${value}`),
  decision: (value) => t(`decision.${value}`),
  action_kind: (value) => t(`action_kind.${value}`),
  letter_reason: (value) => reason(value) ?? value,
  json_type: (value) => value.split(" | ").map((one) => has(`json_type.${one}`) ? t(`json_type.${one}`) : one).join(" / "),
  event: (value) => value && t("said_part.event", { event: value }),
};

function part(name, value, parts, zone) {
  if (name in OWN) return OWN[name](value, parts);
  if (value === null) return t("said_part.none");
  if (Array.isArray(value)) return list(value);
  if (typeof value !== "number") return value;
  if (name.endsWith("_time_us")) return time(value, zone);
  if (name.endsWith("_us")) return day(value, zone);
  const isTime = name.endsWith("_s") || (parts.unit === "s" && ["before", "after", "value"].includes(name));
  return isTime ? duration(value) : exact(value);
}

/** Say sentences of which the service has told the text, too. */
export function sayAll(said, texts, zone) {
  return texts.map((text, place) => say(said?.[place], text, zone));
}

/** Say a sentence; where its kind is not known here, the text stands for it. */
export function say(said, text, zone = "UTC") {
  if (!said || !has(`said.${said.kind}`)) return text;
  const { kind, parts } = said;
  const written = Object.entries(parts).map(([name, value]) => [name, part(name, value, parts, zone)]);
  return t(`said.${kind}`, Object.fromEntries(written));
}
