// The page for operators: asks /api/state once a second and shows it (docs/operations.md).

import { bars, byId, element, say, sync } from "./document.js";
import { bytes, clock, NONE, short, span, sum, whole } from "./format.js";
import { httpRate, RATE_WINDOW, sample } from "./samples.js";
import {
  showApplications, showCron, showEvents, showHttp, showLanes, showModules, showProblems,
} from "./sections.js";

const PERIOD_MS = 1000;
const PATIENCE_MS = 5000;

// ------------------------------------------------------------------------------------------ overview

function tile(name, value, { unit = "", of: limit = "", part, bad = false } = {}) {
  return { name, value, unit, limit, part, bad };
}

function showTiles(state) {
  const engine = state.engine;
  const last = state.history.completed.length - 1;
  const mean = (numbers) => {
    const lately = numbers.slice(-RATE_WINDOW);
    return lately.length > 0 ? sum(lately) / lately.length : 0;
  };
  const [memory, unit] = engine.memory_bytes === null ? [NONE, ""] : bytes(engine.memory_bytes);
  const tiles = [
    tile("Calls", last < 0 ? NONE : short(mean(state.history.completed) + mean(state.history.failed)), { unit: "/ s" }),
    tile("Failed calls", last < 0 ? NONE : short(mean(state.history.failed)),
      { unit: "/ s", bad: mean(state.history.failed) > 0 }),
    tile("Events in the queue", whole.format(engine.events),
      { of: `of ${whole.format(engine.events_limit)}`, part: engine.events / engine.events_limit }),
    tile("Running", whole.format(engine.running),
      { of: `of ${whole.format(engine.running_limit)} permits`, part: engine.running / engine.running_limit }),
  ];
  if (state.http.listeners.length > 0) {
    const open = sum(state.http.listeners.map((listener) => listener.open));
    const requests = httpRate();
    tiles.push(tile("HTTP requests", requests === undefined ? NONE : short(requests), { unit: "/ s" }));
    tiles.push(tile("HTTP connections", whole.format(open), { of: "open" }));
  }
  if (engine.pool) {
    tiles.push(tile("Instances", whole.format(engine.pool.in_use),
      { of: `of ${whole.format(engine.pool.slots)}`, part: engine.pool.in_use / engine.pool.slots }));
  }
  tiles.push(tile("Memory", memory, { unit }));
  tiles.push(tile("Workers", whole.format(engine.workers), { of: engine.workers === 1 ? "thread" : "threads" }));
  if (engine.epoch_tick_age_s !== null) {
    tiles.push(tile("Last heartbeat", span(engine.epoch_tick_age_s),
      { of: "ago", bad: engine.epoch_tick_age_s > 1 }));
  }
  if (engine.log_lines_dropped > 0) {
    tiles.push(tile("Log lines lost", whole.format(engine.log_lines_dropped), { bad: true }));
  }
  sync(byId("tiles"), tiles, ({ name }) => name, ({ name }) => {
    const value = element("dd", {}, document.createTextNode(""), element("span", { class: "unit" }),
      element("span", { class: "of" }));
    const made = element("div", {}, element("dt", {}, name), value);
    return made;
  }, (node, { value, unit: of_value, limit, part, bad }) => {
    const shown = node.lastElementChild.matches(".meter") ? node.lastElementChild.previousElementSibling : node.lastElementChild;
    if (shown.firstChild.data !== value) shown.firstChild.data = value;
    shown.className = bad ? "bad" : "";
    say(shown.children[0], of_value);
    say(shown.children[1], limit);
    if (part === undefined) return;
    if (!node.lastElementChild.matches(".meter")) {
      node.append(element("div", { class: "meter", "aria-hidden": "true" }, element("span")));
    }
    node.lastElementChild.classList.toggle("full", part >= 0.9);
    node.lastElementChild.firstElementChild.style.setProperty("--part", Math.min(1, part).toFixed(4));
  });
}

function showChart({ completed, failed }) {
  const totals = completed.map((value, index) => value + failed[index]);
  const highest = Math.max(...totals, 1);
  const power = 10 ** Math.floor(Math.log10(highest));
  const most = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= highest);
  say(byId("chart-most"), `${short(most)} / s`);
  byId("chart-completed").setAttribute("d", bars(completed, most, 40));
  byId("chart-failed").setAttribute("d", bars(failed, most, 40, completed));
}

// --------------------------------------------------------------------------------------------- state

let lastAnswer;

function showState(kind, text) {
  const badge = byId("state");
  const name = `badge ${kind}`;
  if (badge.className !== name) badge.className = name;
  say(badge, text);
  document.title = kind === "ok" ? "Hermes" : `${text} – Hermes`;
}

function showBanner(kind, title, problems = []) {
  const banner = byId("banner");
  banner.hidden = title === "";
  banner.classList.toggle("bad", kind === "bad");
  say(byId("banner-title"), title);
  sync(byId("banner-problems"), problems, String, () => element("li"), (node, text) => say(node, text));
}

function showAll(state) {
  sample(state);
  const { live, ready, problems } = state.health;
  if (!live) {
    showState("bad", "stuck");
    showBanner("bad", "The engine does not make progress.", problems);
  } else if (!ready) {
    showState("warn", "not ready");
    showBanner("warn", "The engine is not ready.", problems);
  } else {
    showState("ok", "ready");
    showBanner("ok", "");
  }
  say(byId("version"), state.version);
  say(byId("uptime"), clock(state.uptime_s));
  showTiles(state);
  showChart(state.history);
  showApplications(state.applications);
  showEvents(state.applications.shown);
  showProblems(state.problems);
  showHttp(state);
  showLanes(state.lanes);
  showCron(state.cron, Date.parse(state.time));
  showModules(state.applications.shown);
}

function lost(error) {
  document.body.classList.add("stale");
  showState("bad", "no connection");
  const age = lastAnswer === undefined ? "" : ` What is shown is ${clock((performance.now() - lastAnswer) / 1000)} old.`;
  showBanner("bad", `The engine does not answer; asking again every second.${age}`,
    [error.name === "TimeoutError" ? `there was no answer within ${PATIENCE_MS / 1000} s` : error.message]);
}

async function ask() {
  try {
    const answer = await fetch("/api/state", { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(`it answered with status ${answer.status}`);
    const state = await answer.json();
    lastAnswer = performance.now();
    document.body.classList.remove("stale");
    showAll(state);
  } catch (error) {
    lost(error);
  }
}

let timer;

async function go() {
  clearTimeout(timer);
  // Nobody looks.
  if (document.hidden) return;
  await ask();
  clearTimeout(timer);
  timer = setTimeout(go, PERIOD_MS);
}

document.addEventListener("visibilitychange", go);
go();
