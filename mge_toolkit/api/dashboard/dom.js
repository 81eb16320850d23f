// Makes elements and texts. Nothing here turns text into markup: whatever an atom printed stays text.

export const byId = (id) => document.getElementById(id);

export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const GLYPHS = {
  passed: "✓",
  failed: "✕",
  error: "!",
  blocked: "–",
  skipped: "»",
  stopped: "■",
  running: "▸",
  waiting: "·",
};

export const STATES = Object.keys(GLYPHS);

export function mark(state) {
  const found = make("span", `mark ${state}`, GLYPHS[state] ?? "?");
  found.setAttribute("aria-hidden", "true");
  return found;
}

export const tag = (text, kind = "") => make("span", `tag ${kind}`, text);

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const numbers = new Intl.NumberFormat("en");

export const count = (number) => numbers.format(number);

export const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;

export function seconds(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value < 0.01) return `${(value * 1000).toFixed(1)} ms`;
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  if (value < 10) return `${value.toFixed(2)} s`;
  if (value < 60) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

// A time that is only guessed at, without the digits that nobody knows.
export function rest(value) {
  if (value < 60) return `${Math.max(1, Math.round(value))} s`;
  return value < 5400 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3600)} h`;
}

export function size(bytes) {
  if (bytes === null || bytes === undefined) return "–";
  let amount = bytes;
  for (const unit of ["B", "KiB", "MiB"]) {
    if (amount < 1024) return `${amount % 1 ? amount.toFixed(1) : amount} ${unit}`;
    amount /= 1024;
  }
  return `${amount.toFixed(1)} GiB`;
}

export const percent = (share) =>
  share === null || share === undefined ? "–" : `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;

export function ago(iso) {
  const past = (Date.now() - Date.parse(iso)) / 1000;
  if (past < 10) return "just now";
  if (past < 90) return `${Math.round(past)} s ago`;
  if (past < 5400) return `${Math.round(past / 60)} min ago`;
  if (past < 129600) return `${Math.round(past / 3600)} h ago`;
  return new Date(iso).toLocaleDateString();
}

// Lets arrow keys move through the options of a list, of which some may not be in the document.
export function arrowKeys(list, { size: length, page, current, choose, open }) {
  list.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const last = length() - 1;
    if (last < 0) return;
    const now = current();
    const next = {
      ArrowDown: Math.min(last, now + 1),
      ArrowUp: Math.max(0, now - 1),
      PageDown: Math.min(last, now + page()),
      PageUp: Math.max(0, now - page()),
      Home: 0,
      End: last,
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      choose(next);
    } else if ((event.key === "Enter" || event.key === " ") && now >= 0) {
      event.preventDefault();
      open(now);
    }
  });
}
