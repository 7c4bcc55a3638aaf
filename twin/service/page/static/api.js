// Requests to the interface, with the token of the session, and changes as they come.

let token = null;

/** What went wrong, as problem details say it. */
export class Problem extends Error {
  constructor(status, body, againS) {
    super(body?.detail ?? body?.title ?? String(status));
    this.status = status;
    this.againS = againS || null;
    this.kind = body?.type?.split("/").pop();
    this.said = body?.said ?? null;
  }
}

function silent(error) {
  throw new Problem(0, { type: "no-answer", detail: error.message });
}

async function ask(method, path, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  if (method !== "GET" && token) headers["X-CSRF-Token"] = token;
  const answer = await fetch(`/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }).catch(silent);
  if (answer.status === 204) return null;
  const content = await answer.json().catch(() => null);
  if (!answer.ok) throw new Problem(answer.status, content, Number(answer.headers.get("Retry-After")));
  return content;
}

/** Most rows of a table that are answered at once. */
export const ROWS_MAX = 100_000;

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body ?? {});
export const remove = (path) => ask("DELETE", path);

/** Sign in with a key; what the session may do is returned. */
export async function signIn(key) {
  return kept(await post("/session", { key }));
}

/** Go on with the session of the cookie, which other tabs may have begun. */
export async function goOn() {
  return kept(await get("/session"));
}

function kept(session) {
  token = session.csrf;
  return session;
}

/** End the session. */
export async function signOut() {
  await remove("/session");
  token = null;
}

/** Listen to changes of topics; returns what ends it. */
export function changes(topics, heard) {
  const asked = topics.map((topic) => `topic=${topic}`).join("&");
  const source = new EventSource(`/v1/changes?${asked}`);
  for (const topic of topics) source.addEventListener(topic, (event) => heard(topic, JSON.parse(event.data)));
  return () => source.close();
}

/** Follow a job to its end; calls `step` on the way and returns the job. */
export function follow(job, step) {
  return new Promise((done, failed) => {
    const source = new EventSource(`/v1/jobs/${job.id}/progress`);
    source.addEventListener("step", (event) => step(JSON.parse(event.data)));
    source.addEventListener("over", (event) => {
      source.close();
      done(JSON.parse(event.data));
    });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) failed(new Problem(0, { type: "no-answer", detail: "connection lost" }));
    };
  });
}

/** Return the end of an address for the moment that is looked at. */
export function at(moment) {
  return moment === null ? "" : `at=${encodeURIComponent(moment)}`;
}
