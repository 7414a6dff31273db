// The tables of the page, one function for each section.

import { byId, element, foreign, number, of, owner, say, sync, table } from "./document.js";
import { bytes, clock, NONE, span, whole } from "./format.js";
import { eachSecond, fault, percentiles, rate, rateCell } from "./samples.js";

function count(section, { total, shown }) {
  const text = total === 0 ? "" : total > shown.length ? `${whole.format(shown.length)} of ${whole.format(total)}` : whole.format(total);
  say(section.querySelector("h2 .count"), text);
}

function empty(section, is_empty) {
  section.querySelector(".empty").hidden = !is_empty;
  for (const other of section.querySelectorAll(".scroll, .note")) other.hidden = is_empty;
}

export function showApplications({ total, shown }) {
  const section = byId("applications");
  count(section, { total, shown });
  empty(section, shown.length === 0);
  const looks = { ready: "ok", draining: "warn", initialising: "warn", loading: "warn" };
  const queued = (cell) => ({ queue }) => queue ? cell(queue) : { text: NONE, class: "n zero" };
  table(section.querySelector("tbody"), shown, ({ name }) => name, [
    ({ name }) => ({ foreign: name }),
    ({ phase }) => ({ text: phase, class: "" }),
    ({ modules }) => number(modules?.total ?? 0),
    queued(({ lanes }) => number(lanes)),
    queued(({ waiting, limit }) => of(waiting, limit)),
    queued(({ running, running_limit }) => of(running, running_limit)),
    ...[0, 1].map((which) => ({ name }) => percentiles(`waited ${name}`)[which]),
    ...[0, 1].map((which) => ({ name }) => percentiles(`ran ${name}`)[which]),
  ]);
  shown.forEach(({ phase }, index) => {
    const cell = section.querySelector("tbody").children[index].children[1];
    if (cell.firstElementChild?.textContent === phase) return;
    cell.replaceChildren(element("span", { class: `badge ${looks[phase] ?? "bad"}` }, phase));
  });
}

export function showEvents(applications) {
  const section = byId("events");
  const rows = applications.flatMap((app) => app.events.map((event) => ({ ...event, app: app.name })));
  empty(section, rows.length === 0);
  const outcome = (outcome) => ({ app, name, outcomes }) => fault(outcomes[outcome], `event ${app} ${name} ${outcome}`);
  table(section.querySelector("tbody"), rows, ({ app, name }) => `${app} ${name}`, [
    ({ app }, index, all) => owner(app, index, all),
    ({ name }) => ({ text: name, class: "mono" }),
    ({ app, name }) => rateCell(rate(`event ${app} ${name}`)),
    ({ app, name }) => ({ line: eachSecond(`event ${app} ${name}`) }),
    ({ outcomes }) => number(outcomes.completed),
    ...["trapped", "deadline", "limit"].map(outcome),
    ({ outcomes }) => number(outcomes.refused),
    outcome("dropped"),
    ({ app, name, refused }) => fault(refused, `event ${app} ${name} not accepted`),
  ]);
}

export function showHttp(state) {
  const section = byId("http");
  const rows = state.applications.shown.filter(({ http }) => http).map(({ name, http }) => ({ name, ...http }));
  if (state.http.unclaimed) rows.push({ name: "", ...state.http.unclaimed });
  empty(section, state.http.listeners.length === 0 && rows.length === 0);
  table(byId("http-requests").tBodies[0], rows, ({ name }) => name, [
    ({ name }) => name === "" ? { text: "no application", class: "quiet" } : { foreign: name },
    ({ name }) => rateCell(rate(`http ${name}`)),
    ({ name }) => ({ line: eachSecond(`http ${name}`) }),
    ...["2xx", "3xx", "4xx"].map((part) => ({ by_class }) => number(by_class[part])),
    ({ name, by_class }) => fault(by_class["5xx"], `5xx ${name}`),
    ...[0, 1].map((which) => ({ name }) => percentiles(`http ${name}`)[which]),
    ({ content_bytes }) => ({ text: bytes(content_bytes).join(" "), class: "n" }),
    ({ broken_off }) => number(broken_off),
  ]);
  table(byId("http-listeners").tBodies[0], state.http.listeners, ({ address }) => address, [
    ({ address }) => ({ text: address, class: "mono" }),
    ({ open }) => number(open),
    ({ accepted }) => number(accepted),
    ({ address, refused }) => fault(refused, `refused ${address}`),
    ({ timed_out }) => number(timed_out),
    ({ received_bytes }) => ({ text: bytes(received_bytes).join(" "), class: "n" }),
    ({ sent_bytes }) => ({ text: bytes(sent_bytes).join(" "), class: "n" }),
  ]);
}

export function showLanes({ total, shown }) {
  const section = byId("lanes");
  count(section, { total, shown });
  empty(section, shown.length === 0);
  let unordered = 0;
  table(section.querySelector("tbody"), shown,
    ({ application, event, source }) => `${application} ${event} ${source ?? `unordered ${unordered++}`}`, [
      ({ application }) => ({ foreign: application }),
      ({ event }) => ({ text: event, class: "mono" }),
      ({ source }) => source === null
        ? { text: "unordered", class: "quiet" }
        : { text: source.slice(0, 8), class: "mono", title: source },
      ({ running }) => running ? "running" : { text: "waits", class: "quiet" },
      ({ waiting }) => number(waiting),
      ({ oldest_s }) => ({ text: span(oldest_s), class: "n" }),
    ]);
}

export function showCron({ total, shown }, now) {
  const section = byId("cron");
  count(section, { total, shown });
  empty(section, shown.length === 0);
  const wait = (next) => (Date.parse(next) - now) / 1000;
  table(section.querySelector("tbody"), shown,
    ({ application, when, tag }) => `${application} ${when} ${tag}`, [
      ({ application }) => ({ foreign: application }),
      ({ when }) => ({ foreign: when, class: "mono" }),
      ({ tag }) => ({ foreign: tag }),
      ({ next }) => ({ text: wait(next) <= 0 ? "now" : clock(wait(next)), class: "n" }),
      // The day matters only when it is another one.
      ({ next }) => ({
        text: wait(next) < 86400 ? next.slice(11, 19) : next.slice(5, 16).replace("T", " "),
        title: new Date(next).toLocaleString(),
      }),
      ({ again }) => again ? "yes" : { text: "once", class: "quiet" },
    ]);
}

export function showModules(applications) {
  const section = byId("modules");
  const rows = applications.flatMap(({ name, modules }) =>
    (modules?.shown ?? []).map((module) => ({ ...module, app: name })));
  empty(section, rows.length === 0);
  table(section.querySelector("tbody"), rows, ({ app, id }) => `${app} ${id}`, [
    ({ app }, index, all) => owner(app, index, all),
    ({ name }) => ({ foreign: name }),
    ({ events }) => ({
      node: () => element("span", { class: "tags" }, ...(events.length > 0
        ? events.map((event) => element("span", { class: "mono" }, event)) : [NONE])),
    }),
    ({ id }) => ({ text: id, class: "mono quiet" }),
    ({ calls }) => number(calls),
  ]);
}

export function showProblems(problems) {
  const section = byId("problems");
  say(section.querySelector("h2 .count"), problems.length > 0 ? whole.format(problems.length) : "");
  empty(section, problems.length === 0);
  const key = ({ first_time, level, application, module, event, message }) =>
    JSON.stringify([first_time, level, application, module, event, message]);
  sync(section.querySelector("ol"), problems, key, (problem) => {
    const level = problem.level === "warn" ? "warn" : "bad";
    const summary = element("summary", {},
      element("time", { class: "quiet" }),
      element("span", {}, element("span", { class: `badge ${level}` }, problem.level)),
      foreign("", "span", "who"), foreign(problem.message, "span", "message"),
      element("span", { class: "times" }));
    return element("li", {}, element("details", {}, summary, element("div", { class: "more" })));
  }, (node, problem) => {
    const details = node.firstElementChild;
    const [time, , who, , times] = details.firstElementChild.children;
    time.dateTime = problem.time;
    time.title = new Date(problem.time).toLocaleString();
    say(time, new Date(problem.time).toLocaleTimeString("en-GB"));
    const module = [problem.application, problem.module].filter(Boolean).join(" / ") || "engine";
    const event = problem.event + (problem.counter === null ? "" : `#${problem.counter}`);
    say(who, [module, event].filter(Boolean).join(" · "));
    who.title = who.textContent;
    say(times, problem.count > 1 ? `× ${whole.format(problem.count)}` : "");
    const facts = [
      ["last", `${problem.time.replace("T", " ").replace("Z", " UTC")}`],
      ...(problem.count > 1 ? [["first", problem.first_time.replace("T", " ").replace("Z", " UTC")]] : []),
      ["of", who.textContent],
      ...problem.fields,
    ];
    const more = details.lastElementChild;
    const stamp = JSON.stringify([facts, problem.backtrace]);
    if (more.stamp === stamp) return;
    more.stamp = stamp;
    const rows = facts.map(([name, value]) =>
      element("tr", {}, element("th", { scope: "row" }, foreign(name)), element("td", {}, foreign(value))));
    more.replaceChildren(element("table", {}, element("tbody", {}, ...rows)));
    if (problem.backtrace.length === 0) return;
    more.append(element("ol", { class: "mono backtrace", "aria-label": "Backtrace, innermost first" },
      ...problem.backtrace.map((frame) => foreign(frame, "li"))));
  });
}
