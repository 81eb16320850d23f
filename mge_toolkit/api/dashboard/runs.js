// The list of runs, and starting one.

import { ask } from "./client.js";
import { ago, arrowKeys, byId, count, make, plural, setText } from "./dom.js";

const PAGE = 30;

export class Runs {
  constructor({ choose, refused }) {
    this.chooseRun = choose;
    this.refused = refused;
    this.list = byId("runs");
    this.items = [];
    this.options = new Map();
    this.shown = PAGE;
    this.chosen = null;
    this.current = -1;
    arrowKeys(this.list, {
      size: () => this.items.length,
      page: () => 5,
      current: () => this.current,
      choose: (place) => this.moveTo(place),
      open: (place) => this.chooseRun(this.items[place].run_id),
    });
    this.list.addEventListener("focus", () => {
      if (this.current < 0 && this.items.length) this.moveTo(0);
    });
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest(".run-item");
      if (!option) return;
      this.moveTo(this.items.findIndex((item) => item.run_id === option.dataset.run));
      this.chooseRun(option.dataset.run);
    });
    byId("runs-more").addEventListener("click", () => {
      this.shown += PAGE;
      this.refresh();
    });
    byId("start").addEventListener("submit", (event) => {
      event.preventDefault();
      this.start();
    });
  }

  async loadPlans() {
    const { items } = await ask("masterplans?limit=1000");
    const select = byId("plan");
    const before = select.value;
    this.plans = new Set(items.map((item) => item.masterplan));
    select.replaceChildren(
      ...items.map((item) => {
        const option = make("option", "", `${item.masterplan} (${plural(item.atoms, "atom")})`);
        option.value = item.masterplan;
        return option;
      }),
    );
    if (this.plans.has(before)) select.value = before;
    byId("start-button").disabled = items.length === 0;
    setText(byId("start-error"), items.length ? "" : "This service has no masterplan: submit one first.");
  }

  async start() {
    const button = byId("start-button");
    const order = byId("order").value;
    const body = order ? { execute_by_waves: order === "waves" } : {};
    setText(byId("start-error"), "");
    button.disabled = true;
    try {
      const name = encodeURIComponent(byId("plan").value);
      const run = await ask(`execution/masterplan/${name}?wait=false`, { method: "POST", body });
      await this.refresh();
      this.chooseRun(run.run_id);
    } catch (error) {
      if (!this.refused(error)) setText(byId("start-error"), error.message);
    } finally {
      button.disabled = false;
    }
  }

  async refresh() {
    const { items, next } = await ask(`runs?limit=${this.shown}`);
    const kept = this.items[this.current]?.run_id;
    this.items = items;
    byId("runs-more").hidden = next === null;
    byId("runs-empty").hidden = items.length > 0;
    this.list.hidden = items.length === 0;
    const options = items.map((item) => this.option(item));
    if (options.some((option, place) => this.list.children[place] !== option)) this.list.replaceChildren(...options);
    this.options = new Map(items.map((item, place) => [item.run_id, options[place]]));
    this.current = kept ? items.findIndex((item) => item.run_id === kept) : -1;
    this.markCurrent();
  }

  option(item) {
    const option = this.options.get(item.run_id) ?? this.makeOption(item);
    const { counts } = item;
    const what = item.kind === "atom" ? item.target : item.kind === "wave" ? `wave ${item.target}` : "";
    setText(option.parts.name, what ? `${item.masterplan} · ${what}` : item.masterplan);
    setText(option.parts.status, verdict(item));
    option.parts.status.className = `chip ${verdict(item)}`;
    const parts = [`${count(counts.total)}/${count(item.planned)} settled`];
    if (counts.failed + counts.error) parts.push(`${count(counts.failed + counts.error)} failed`);
    setText(option.parts.figures, parts.join(", "));
    setText(option.parts.time, ago(item.started_at));
    const order = ["passed", "failed", "error", "blocked", "stopped", "skipped"];
    const total = Math.max(1, item.planned);
    option.parts.bar.forEach((part, place) => {
      part.style.width = `${(100 * counts[order[place]]) / total}%`;
    });
    return option;
  }

  makeOption(item) {
    const name = make("span", "run-name");
    const status = make("span", "chip");
    const figures = make("span", "run-figures");
    const time = make("span", "run-time");
    const order = ["passed", "failed", "error", "blocked", "stopped", "skipped"];
    const bar = order.map((outcome) => make("span", `part ${outcome}`));
    const option = make(
      "div",
      "run-item",
      make("span", "run-line", name, status),
      make("span", "mini-bar", ...bar),
      make("span", "run-line small", figures, time),
    );
    option.setAttribute("role", "option");
    option.id = `run-${item.run_id}`;
    option.dataset.run = item.run_id;
    option.parts = { name, status, figures, time, bar };
    return option;
  }

  moveTo(place) {
    this.current = place;
    this.markCurrent();
    this.options.get(this.items[place]?.run_id)?.scrollIntoView({ block: "nearest" });
  }

  choose(runId) {
    this.chosen = runId;
    this.current = this.items.findIndex((item) => item.run_id === runId);
    this.markCurrent();
  }

  markCurrent() {
    for (const [place, item] of this.items.entries()) {
      const option = this.options.get(item.run_id);
      option.classList.toggle("current", place === this.current);
      option.setAttribute("aria-selected", String(item.run_id === this.chosen));
    }
    const active = this.items[this.current]?.run_id;
    if (active) this.list.setAttribute("aria-activedescendant", `run-${active}`);
    else this.list.removeAttribute("aria-activedescendant");
  }
}

// What a run came to, in one word.
export function verdict(run) {
  if (run.status !== "finished") return run.status;
  const { counts } = run;
  if (counts.error) return "error";
  return counts.failed + counts.blocked + counts.stopped ? "failed" : "passed";
}
