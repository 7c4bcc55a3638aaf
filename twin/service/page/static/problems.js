// What went wrong, in the language of the planner.

import { h } from "./dom.js";
import { say } from "./sentences.js";
import { current, has, t } from "./words.js";

// Of these the words of their kind say more to a planner than the detail.
const PLAIN = new Set(["site-not-allowed", "compiling", "folding", "behind"]);
// Of these the kind says too little: the detail stands beside it.
const VAGUE = new Set(["invalid-request"]);
const DETAIL = "en";

// By kind and parts, else by the kind of problem; the detail of the service is English. Null: the detail is all there is.
function known(error, zone) {
  const sentence = say(error.said, null, zone);
  if (sentence !== null) return sentence;
  const wanted = PLAIN.has(error.kind) || current() !== DETAIL;
  return wanted && has(`problem.${error.kind}`) ? t(`problem.${error.kind}`) : null;
}

/** Say what went wrong, of an error of a request or of what was told of one. */
export function told(error, zone) {
  return known(error, zone) ?? error.message;
}

/** Say what went wrong in an element, marked as English where it is. */
export function wrong(error, { tag = "p", zone, properties = { class: "problem", role: "alert" } } = {}) {
  const words = known(error, zone);
  const beside = words !== null && VAGUE.has(error.kind) && say(error.said, null) === null && current() !== DETAIL;
  return h(tag, { ...properties, lang: words === null ? DETAIL : null }, words ?? error.message, beside && [" ", h("small", { lang: DETAIL }, error.message)]);
}
