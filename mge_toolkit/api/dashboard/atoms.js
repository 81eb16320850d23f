// The list of a run's atoms: only the rows in sight are in the document, however many atoms there are.

import { STATES, GLYPHS, arrowKeys, byId, count, make, mark, seconds, setText } from "./dom.js";

const SPARE = 6;

export class AtomList {
  constructor(open) {
    this.open = open;
    this.list = byId("atoms");
    this.space = byId("atoms-space");
    this.search = byId("search");
    this.filters = byId("filters");
    this.rows = [];
    this.chosen = [];
    this.state = "all";
    this.pattern = null;
    this.current = -1;
    this.list.addEventListener("scroll", () => this.paint(), { passive: true });
    new ResizeObserver(() => this.paint()).observe(this.list);
    this.search.addEventListener("input", () => this.choose({ pattern: null }));
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest(".atom-row");
      if (!row) return;
      this.moveTo(Number(row.dataset.place));
      this.open(this.chosen[this.current].id);
    });
    arrowKeys(this.list, {
      size: () => this.chosen.length,
      page: () => Math.max(1, Math.floor(this.list.clientHeight / this.tall) - 1),
      current: () => this.current,
      choose: (place) => this.moveTo(place),
      open: (place) => this.open(this.chosen[place].id),
    });
    this.list.addEventListener("focus", () => {
      if (this.current < 0 && this.chosen.length) this.moveTo(0);
    });
    this.makeFilters();
  }

  get tall() {
    return this.list.clientWidth < 560 ? 50 : 34;
  }

  show(model) {
    this.model = model;
    this.state = "all";
    this.pattern = null;
    this.search.value = "";
    this.current = -1;
    this.list.scrollTop = 0;
    this.refresh();
  }

  makeFilters() {
    this.buttons = new Map();
    for (const state of ["all", ...STATES]) {
      const number = make("span", "filter-number");
      const word = state === "all" ? "all" : state;
      const button = make("button", "filter", state === "all" ? null : mark(state), make("span", "", word), number);
      button.type = "button";
      button.setAttribute("aria-pressed", String(state === this.state));
      button.addEventListener("click", () => this.choose({ state, pattern: null }));
      this.filters.append(button);
      this.buttons.set(state, { button, number });
    }
  }

  choose({ state = this.state, pattern = this.pattern }) {
    this.state = state;
    this.pattern = pattern;
    this.current = -1;
    this.list.scrollTop = 0;
    this.refresh();
  }

  // Chooses the rows anew. Everything is cheap to keep up to date but this, so it is not done for every event.
  refresh() {
    const model = this.model;
    if (!model) return;
    const text = this.search.value.trim().toLowerCase();
    const kept = this.current >= 0 ? this.chosen[this.current] : null;
    if (this.state === "all" && !text && !this.pattern) {
      this.chosen = model.order;
    } else {
      this.chosen = model.order.filter(
        (atom) =>
          (this.state === "all" || model.state(atom) === this.state) &&
          (!this.pattern || atom.pattern === this.pattern) &&
          (!text || atom.id.toLowerCase().includes(text) || (atom.message ?? "").toLowerCase().includes(text)),
      );
      if (kept) this.current = this.chosen.indexOf(kept);
    }
    for (const [state, { button, number }] of this.buttons) {
      const many = state === "all" ? model.order.length : (model.counts[state] ?? 0);
      setText(number, count(many));
      button.setAttribute("aria-pressed", String(state === this.state && !this.pattern));
      button.hidden = state !== "all" && state !== this.state && many === 0;
    }
    byId("atoms-empty").hidden = this.chosen.length > 0;
    this.list.hidden = this.chosen.length === 0;
    this.paint();
  }

  moveTo(place) {
    this.current = place;
    const top = place * this.tall;
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    else if (top + this.tall > this.list.scrollTop + this.list.clientHeight) {
      this.list.scrollTop = top + this.tall - this.list.clientHeight;
    }
    this.paint();
  }

  paint() {
    if (!this.model) return;
    const tall = this.tall;
    const height = `${this.chosen.length * tall}px`;
    if (this.space.style.height !== height) this.space.style.height = height;
    const first = Math.max(0, Math.floor(this.list.scrollTop / tall) - SPARE);
    const last = Math.min(this.chosen.length, Math.ceil((this.list.scrollTop + this.list.clientHeight) / tall) + SPARE);
    while (this.rows.length < last - first) this.rows.push(this.makeRow());
    this.rows.forEach((row, index) => {
      const place = first + index;
      const shown = place < last;
      if (row.element.hidden === shown) row.element.hidden = !shown;
      if (shown) this.fill(row, this.chosen[place], place, tall);
    });
    const active = this.current >= first && this.current < last ? `atom-row-${this.current}` : "";
    if (active) this.list.setAttribute("aria-activedescendant", active);
    else this.list.removeAttribute("aria-activedescendant");
  }

  makeRow() {
    const sign = make("span", "mark");
    sign.setAttribute("aria-hidden", "true");
    const name = make("span", "atom-id mono");
    const state = make("span", "atom-state");
    const wave = make("span", "atom-wave");
    const time = make("span", "atom-time");
    const text = make("span", "atom-text");
    const element = make("div", "atom-row", sign, name, state, wave, time, text);
    element.setAttribute("role", "option");
    this.space.append(element);
    return { element, sign, name, state, wave, time, text, key: "" };
  }

  fill(row, atom, place, tall) {
    const state = this.model.state(atom);
    const current = place === this.current;
    const key = `${place} ${tall} ${current} ${state} ${atom.attempts} ${this.chosen.length} ${atom.id}`;
    if (row.key === key) return;
    row.key = key;
    const { element } = row;
    element.id = `atom-row-${place}`;
    element.dataset.place = place;
    element.style.transform = `translateY(${place * tall}px)`;
    element.classList.toggle("current", current);
    element.setAttribute("aria-selected", String(current));
    element.setAttribute("aria-setsize", this.chosen.length);
    element.setAttribute("aria-posinset", place + 1);
    row.sign.className = `mark ${state}`;
    setText(row.sign, GLYPHS[state]);
    setText(row.name, atom.id);
    const extra = atom.flaky ? " · flaky" : atom.healed ? " · healed" : atom.origin !== "executed" ? ` · ${atom.origin}` : "";
    setText(row.state, `${state}${extra}`);
    setText(row.wave, `wave ${atom.wave}`);
    setText(row.time, atom.attempts ? seconds(atom.duration) : "");
    const why = state === "passed" || state === "waiting" ? "" : (atom.message ?? atom.reason ?? "");
    setText(row.text, why);
    element.title = why;
  }
}
