// Speaks to the service: every request bears the token, which lives in this tab and in no address.

const KEY = "mge-token";
const BASE = new URL("api/v2/", document.baseURI);
const DECODER = () => new TextDecoder("utf-8");

export class Refusal extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `the service answered ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

export function takeTokenFromAddress() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const token = hash.get("token");
  if (token === null) return;
  sessionStorage.setItem(KEY, token);
  hash.delete("token");
  history.replaceState(null, "", `${location.pathname}${hash.size ? `#${hash}` : ""}`);
}

export const token = () => sessionStorage.getItem(KEY);
export const keepToken = (text) => sessionStorage.setItem(KEY, text);
export const forgetToken = () => sessionStorage.removeItem(KEY);

function headers(more = {}) {
  const held = token();
  return held === null ? more : { Authorization: `Bearer ${held}`, ...more };
}

export async function ask(path, { method = "GET", body } = {}) {
  const sent = body === undefined ? {} : { "Content-Type": "application/json" };
  const response = await fetch(new URL(path, BASE), {
    method,
    headers: headers(sent),
    body: body === undefined ? undefined : JSON.stringify(body),
    cache: "no-store",
    credentials: "omit",
  });
  const content = response.status === 204 ? null : await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(response.status, content);
  return content;
}

// Follows a run's events until it has ended, across broken connections. `take` gets the raw events in the order in
// which they happened, and may return a promise that holds the stream back.
export async function follow(runId, after, { take, state, signal }) {
  let last = after;
  let pause = 500;
  while (!signal.aborted) {
    try {
      const response = await fetch(new URL(`runs/${encodeURIComponent(runId)}/events`, BASE), {
        headers: headers(last ? { "Last-Event-ID": String(last) } : {}),
        cache: "no-store",
        credentials: "omit",
        signal,
      });
      if (response.status === 204) return "ended";
      if (response.status === 401 || response.status === 404) return "gone";
      if (!response.ok) throw new Refusal(response.status, null);
      state("live");
      pause = 500;
      for await (const event of events(response.body)) {
        if (event.id) last = event.id;
        const waiting = take(event);
        if (waiting) await waiting;
        if (event.name === "run_finished" || event.name === "run_broken") return "ended";
      }
    } catch (error) {
      if (signal.aborted) return "left";
    }
    state("reconnecting");
    await new Promise((done) => setTimeout(done, pause));
    pause = Math.min(8000, pause * 2);
  }
  return "left";
}

async function* events(stream) {
  const reader = stream.getReader();
  const decoder = DECODER();
  let rest = "";
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true });
      let start = 0;
      for (let end; (end = rest.indexOf("\n\n", start)) >= 0; start = end + 2) {
        const event = parsed(rest.slice(start, end));
        if (event.name) yield event;
      }
      rest = rest.slice(start);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parsed(block) {
  const event = { id: 0, name: "", data: "" };
  for (const line of block.split("\n")) {
    if (line.startsWith("data: ")) event.data += line.slice(6);
    else if (line.startsWith("event: ")) event.name = line.slice(7);
    else if (line.startsWith("id: ")) event.id = Number(line.slice(4));
  }
  return event;
}
