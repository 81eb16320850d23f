// Puts the page together, and keeps it fluid: events are applied for a few milliseconds a picture, the rest waits.

import { AtomList } from "./atoms.js";
import { ask, follow, forgetToken, keepToken, takeTokenFromAddress, token } from "./client.js";
import { Detail } from "./detail.js";
import { byId, setText } from "./dom.js";
import { Lanes } from "./lanes.js";
import { RunModel } from "./model.js";
import { Runs } from "./runs.js";
import { View } from "./view.js";

const PAGE = 1000;
const BUDGET = 5; // milliseconds of events a picture
const WAITING = 4000; // events that may wait before the stream is held back
const PICTURE = 90; // milliseconds between two pictures of the lanes
const REST = 300;

class App {
  constructor() {
    const refused = (error) => this.refused(error);
    const open = (id) => this.openAtom(id);
    this.runs = new Runs({ choose: (id) => this.choose(id), refused });
    this.view = new View({ lanes: new Lanes(open), atoms: new AtomList(open), refused, cancelled: () => this.runs.refresh() });
    this.detail = new Detail({ again: (atom) => this.again(atom), refused, closed: () => this.closedAtom() });
    this.queue = [];
    this.taken = 0;
    this.pictured = 0;
    this.rested = 0;
    byId("login").addEventListener("submit", (event) => {
      event.preventDefault();
      keepToken(byId("token").value.trim());
      byId("token").value = "";
      this.enter();
    });
    byId("forget").addEventListener("click", () => {
      forgetToken();
      location.reload();
    });
    addEventListener("hashchange", () => this.followAddress());
  }

  async enter() {
    setText(byId("login-error"), "");
    try {
      await this.runs.loadPlans();
      await this.runs.refresh();
    } catch (error) {
      if (!this.refused(error)) this.complain(error.message);
      return;
    }
    byId("login").hidden = true;
    byId("desk").hidden = false;
    byId("forget").hidden = token() === null;
    this.status("");
    if (!this.entered) {
      this.entered = true;
      setInterval(() => this.lookAround(), 4000);
    }
    this.followAddress();
    if (!this.chosen && this.runs.items.length) this.choose(this.runs.items[0].run_id);
  }

  // Shows the form for the token where that is what is missing.
  refused(error) {
    if (error.status !== 401) return false;
    const had = token() !== null;
    forgetToken();
    this.leave?.abort();
    byId("desk").hidden = true;
    byId("login").hidden = false;
    setText(byId("login-error"), had ? "That is not this service's token." : "");
    byId("token").focus();
    return true;
  }

  complain(text) {
    this.status(text, "bad");
    setTimeout(() => this.enter(), 3000);
  }

  status(text, kind = "") {
    setText(byId("connection"), text);
    byId("connection").className = `connection ${kind}`;
  }

  async lookAround() {
    if (document.hidden || byId("desk").hidden) return;
    try {
      await this.runs.refresh();
      if (this.looks === false) this.status("");
      this.looks = true;
    } catch (error) {
      this.looks = false;
      if (!this.refused(error)) this.status("The service does not answer.", "bad");
    }
  }

  address() {
    return new URLSearchParams(location.hash.slice(1));
  }

  followAddress() {
    if (this.address().has("token")) {
      takeTokenFromAddress();
      this.enter();
      return;
    }
    const run = this.address().get("run");
    if (run && run !== this.chosen) this.choose(run);
    const atom = this.address().get("atom");
    if (atom && this.chosen) this.openAtom(atom);
  }

  remember(atom = null) {
    const hash = new URLSearchParams({ run: this.chosen, ...(atom ? { atom } : {}) });
    history.replaceState(null, "", `${location.pathname}#${hash}`);
  }

  async choose(runId) {
    this.chosen = runId;
    this.runs.choose(runId);
    this.remember(this.address().get("run") === runId ? this.address().get("atom") : null);
    this.leave?.abort();
    const leave = (this.leave = new AbortController());
    try {
      await this.load(runId, leave.signal);
    } catch (error) {
      if (leave.signal.aborted || this.refused(error)) return;
      this.status(error.message, "bad");
    }
  }

  async load(runId, signal) {
    const path = `runs/${encodeURIComponent(runId)}`;
    const run = await ask(path);
    if (signal.aborted) return;
    const model = new RunModel(run);
    let next = `${path}/atoms?limit=${PAGE}`;
    let shown = false;
    while (next) {
      const page = await ask(next);
      if (signal.aborted) return;
      for (const item of page.items) model.add(item);
      model.seen ??= page.last_event_id;
      next = page.next && `${path}/atoms${new URL(page.next, document.baseURI).search}`;
      if (!shown && next) this.present(model);
      shown = true;
    }
    model.settled.sort((a, b) => a.at - b.at);
    this.queue = [];
    this.taken = 0;
    this.present(model);
    this.tick();
    if (model.over || !run.live) {
      this.status("");
      return;
    }
    const how = await follow(runId, model.seen ?? 0, {
      signal,
      take: (event) => this.take(event),
      state: (state) => this.status(state === "live" ? "live" : "reconnecting …", state),
    });
    if (how === "left") return;
    this.status("");
    await this.drained();
    if (signal.aborted) return;
    if (how === "gone" || !model.over) await this.load(runId, signal);
    else await this.settle(model, path, signal);
  }

  // The run has ended: what only its end tells (the status, the path, the exact times) is asked for once.
  async settle(model, path, signal) {
    const run = await ask(path);
    if (signal.aborted) return;
    model.run = run;
    model.version++;
    this.pictured = this.rested = 0;
    await this.runs.refresh();
  }

  present(model) {
    this.model = model;
    this.view.show(model);
  }

  take(event) {
    if (event.name === "gap") {
      // Some events are kept by nobody any more: what they said is asked for.
      setTimeout(() => this.choose(this.chosen), 1000);
      return null;
    }
    this.queue.push(event);
    if (this.queue.length - this.taken < WAITING) return null;
    return new Promise((done) => (this.resume = done));
  }

  drained() {
    return new Promise((done) => {
      const look = () => (this.taken >= this.queue.length ? done() : setTimeout(look, 20));
      look();
    });
  }

  tick() {
    if (this.ticking) return;
    this.ticking = true;
    const step = () => {
      this.picture();
      // A page that nobody sees gets no pictures, but its events have to go somewhere.
      if (document.hidden) setTimeout(step, 250);
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  picture() {
    const { model } = this;
    if (!model) return;
    const until = performance.now() + (document.hidden ? 50 : BUDGET);
    while (this.taken < this.queue.length && performance.now() < until) {
      const event = this.queue[this.taken++];
      model.apply(event.name, JSON.parse(event.data));
    }
    if (this.taken === this.queue.length && this.taken) {
      this.queue = [];
      this.taken = 0;
    }
    if (this.resume && this.queue.length - this.taken < WAITING / 2) {
      this.resume();
      this.resume = null;
    }
    const now = performance.now();
    const going = !model.over || this.drawn !== model.version;
    if ((going && now - this.pictured > PICTURE) || this.view.lanes.unfinished) {
      this.pictured = now;
      this.drawn = model.version;
      this.view.write();
      this.view.lanes.draw();
      this.view.atoms.paint();
    } else if (now - this.rested > REST) {
      this.rested = now;
      this.view.writeRest();
    }
  }

  openAtom(id) {
    this.remember(id);
    const mayRun = (atom) => this.runs.plans.has(atom.masterplan);
    this.detail.open(this.chosen, id, mayRun);
  }

  closedAtom() {
    this.remember();
    byId("atoms").focus();
  }

  async again(atom) {
    const name = encodeURIComponent(`${atom.masterplan}:${atom.id}`);
    try {
      const run = await ask(`execution/atom/${name}?wait=false`, { method: "POST" });
      byId("atom").close();
      await this.runs.refresh();
      this.choose(run.run_id);
    } catch (error) {
      if (!this.refused(error)) this.status(error.message, "bad");
    }
  }
}

takeTokenFromAddress();
new App().enter();
