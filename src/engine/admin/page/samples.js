// What was counted in the last minutes: rates and percentiles.

import { LINE_WINDOW, number } from "./document.js";
import { NONE, short, span, sum } from "./format.js";

/** Rates in tables are of so long, percentiles of so long. In seconds. */
export const RATE_WINDOW = 10;
const PERCENTILE_WINDOW = 60;

/** Snapshots of what is counted, one for each answer: {at, counters: Map, histograms: Map}. */
let samples = [];
let bounds = [];

export function sample(state) {
  bounds = state.bucket_bounds_s;
  const at = state.uptime_s;
  // A new engine counts from nothing.
  if (samples.length > 0 && samples.at(-1).at > at) samples = [];
  const counters = new Map();
  const histograms = new Map();
  for (const app of state.applications.shown) {
    for (const event of app.events) {
      const key = `event ${app.name} ${event.name}`;
      counters.set(key, sum(Object.values(event.outcomes)));
      for (const [outcome, value] of Object.entries(event.outcomes)) counters.set(`${key} ${outcome}`, value);
      counters.set(`${key} not accepted`, event.refused);
    }
    histograms.set(`waited ${app.name}`, app.waited);
    histograms.set(`ran ${app.name}`, app.ran);
    if (app.http) countRequests(app.name, app.http, counters, histograms);
  }
  if (state.http.unclaimed) countRequests("", state.http.unclaimed, counters, histograms);
  for (const { address, refused } of state.http.listeners) counters.set(`refused ${address}`, refused);
  samples.push({ at, counters, histograms });
  while (samples[0].at < at - LINE_WINDOW - 1) samples.shift();
}

function countRequests(name, requests, counters, histograms) {
  counters.set(`http ${name}`, sum(Object.values(requests.by_class)));
  counters.set(`5xx ${name}`, requests.by_class["5xx"]);
  histograms.set(`http ${name}`, requests.took);
}

/** The first snapshot of the last `seconds` seconds. */
const since = (seconds) => samples.find(({ at }) => at >= samples.at(-1).at - seconds - 0.5);

export function rate(key) {
  const now = samples.at(-1);
  const then = since(RATE_WINDOW);
  if (then === now || !then.counters.has(key)) return undefined;
  return (now.counters.get(key) - then.counters.get(key)) / (now.at - then.at);
}

/** A count that should not grow, and whether it did in the last minute. */
export function fault(value, key) {
  const then = since(PERCENTILE_WINDOW).counters.get(key);
  return number(value, then !== undefined && value > then);
}

export const rateCell = (value) => ({
  text: value === undefined ? NONE : short(value),
  class: value ? "n" : "n zero",
});

/** What came in each of the last seconds. */
export function eachSecond(key) {
  const result = [];
  for (let index = 1; index < samples.length; ++index) {
    const [before, after] = [samples[index - 1], samples[index]];
    const counts = [before, after].map(({ counters }) => counters.get(key) ?? 0);
    // An answer that was late stands for several seconds.
    const seconds = Math.max(1, Math.round(after.at - before.at));
    for (let i = 0; i < seconds; ++i) result.push((counts[1] - counts[0]) / seconds);
  }
  return result.slice(-LINE_WINDOW);
}

/** The time that `part` of all stay below: within its bucket, as if they were spread evenly. */
function quantile(counts, part) {
  const total = sum(counts);
  if (total === 0) return undefined;
  let left = part * total;
  for (let bucket = 0; bucket < counts.length; ++bucket) {
    if (left > counts[bucket]) {
      left -= counts[bucket];
      continue;
    }
    if (bucket === bounds.length) return Infinity;
    const low = bucket === 0 ? 0 : bounds[bucket - 1];
    return low + (bounds[bucket] - low) * (left / counts[bucket]);
  }
  return Infinity;
}

export function percentiles(key) {
  const now = samples.at(-1).histograms.get(key);
  const then = since(PERCENTILE_WINDOW).histograms.get(key);
  const lately = now?.counts.map((count, bucket) => count - (then?.counts[bucket] ?? 0)) ?? [];
  const pale = sum(lately) === 0;
  return [0.5, 0.99].map((part) => {
    const value = quantile(pale ? now?.counts ?? [] : lately, part);
    const text = value === undefined ? NONE : value === Infinity ? "> 60 s" : span(value);
    return { text, class: pale ? "n pale" : "n" };
  });
}

/** Of all applications together. */
export function httpRate() {
  const keys = [...samples.at(-1).counters.keys()].filter((key) => key.startsWith("http "));
  const rates = keys.map(rate).filter((value) => value !== undefined);
  return rates.length > 0 ? sum(rates) : undefined;
}
