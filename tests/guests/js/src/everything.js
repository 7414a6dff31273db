// everything-js: handles every event and calls every function that the engine provides.
// What its events do is the same in C++, Rust and JavaScript; see ../../README.md.

import { add, delay, ls, mkcron, rm } from 'hermes:cron/api';
import { done } from 'hermes:init/api';
import { log } from 'hermes:logging/api';

const PAUSE_NS = 1_000_000n;
const HOUR_NS = 3_600_000_000_000n;
const LAST_TICK = 3;

let calls = 0;

function write(level, message, { file, func, line, col, ctx, data } = {}) {
  log(level, file, func, line, col, ctx, message, data);
}

/** Answers `held`, and writes a log record that names the promise if it was not kept. */
function expect(held, promise) {
  if (!held) write('error', `not as promised: ${promise}`);
  return held;
}

/** Whether all of the promises were kept; each is looked at, so that each is reported. */
const all = (...held) => held.every(Boolean);

const scheduleTick = (number) => delay(PAUSE_NS, `js tick ${number}`);

// Two functions of their own, so that a stack has names to show.
function failDeliberately(depth) {
  if (depth === 0) throw new Error('a deliberate error');
  return failDeliberately(depth - 1) + 1;
}

function leadIntoFailure() {
  return failDeliberately(2) + 1;
}

const initEvent = {
  init() {
    write('info', 'everything-js: init', { ctx: 'init', data: '{"language": "JavaScript"}' });
    return add({ when: '* * * * *', tag: 'js minute' }, true) && scheduleTick(1);
  },
};

const cronEvent = {
  onCron({ when, tag }, last) {
    calls += 1;
    write('info', `everything-js: on-cron ${tag}`, {
      ctx: when,
      data: JSON.stringify({ last, calls }),
    });
    console.log(`everything-js: ${tag}`);
    console.error(`everything-js: ${tag}, on standard error`);

    const [, command, number] = /^js (tick|done) (\d+)$/.exec(tag) ?? [];
    if (command === 'tick') return number >= LAST_TICK || scheduleTick(Number(number) + 1);
    if (command === 'done') done(Number(number));
    if (tag === 'js panic') leadIntoFailure();
    return tag !== 'js stop';
  },
};

// --- test cases ---------------------------------------------------------------------------------

const listed = (tag) => ls(tag).map(([entry, retrigger]) => [entry.when, entry.tag, retrigger]);
const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);

function freshInstance() {
  calls += 1;
  return expect(calls === 1, 'a counter starts at zero in every call');
}

function collections() {
  const squares = new Map(Array.from({ length: 10_000 }, (_, n) => [n, n * n]));
  let sum = 0;
  for (const square of squares.values()) sum += square;
  return expect(sum === 333_283_335_000, 'a map of ten thousand numbers');
}

function clocksAndRandom() {
  const first = performance.now();
  return all(
    expect(performance.now() >= first, 'the monotonic clock does not go back'),
    expect(Date.now() > 0, 'a time after 1970'),
    expect(new Set(Array.from({ length: 8 }, Math.random)).size > 1, 'random numbers differ'),
  );
}

function addAndList() {
  return all(
    expect(ls('list').length === 0, 'a fresh application has no entries'),
    expect(add({ when: '5 4 * * *', tag: 'list' }, true), 'add accepts a valid expression'),
    expect(add({ when: '6 4 * * *', tag: 'list' }, false), 'the same tag at another time'),
    expect(add({ when: '5 4 * * *', tag: 'another' }, false), 'the same time with another tag'),
    expect(
      same(listed('list').sort(), [['5 4 * * *', 'list', true], ['6 4 * * *', 'list', false]]),
      'ls returns time, tag and flag as they were added',
    ),
    expect(ls(undefined).length >= 3, 'ls without a tag lists all entries'),
    expect(ls('nobody has this tag').length === 0, 'an unknown tag has no entries'),
  );
}

/** Runs as two cases; whichever is second would find what the first leaves behind. */
function freshState() {
  return all(
    expect(ls('left over').length === 0, 'no case sees the entries of another'),
    expect(add({ when: '0 0 1 1 *', tag: 'left over' }, true), 'add'),
  );
}

function listOrder() {
  return all(
    expect(add({ when: '0 0 29 2 *', tag: 'order' }, true), '29 February comes'),
    expect(add({ when: '* * * * *', tag: 'order' }, true), 'add'),
    expect(
      same(listed('order').map(([when]) => when), ['* * * * *', '0 0 29 2 *']),
      'ls lists what fires sooner first',
    ),
  );
}

function addChangesFlag() {
  return all(
    expect(add({ when: '1 2 3 4 *', tag: 'flag' }, false), 'add'),
    expect(add({ when: '1 2 3 4 *', tag: 'flag' }, true), 'add again'),
    expect(same(listed('flag'), [['1 2 3 4 *', 'flag', true]]), 'adding again changes the flag'),
  );
}

function remove() {
  const entry = { when: '1 1 * * *', tag: 'rm' };
  return all(
    expect(!rm(entry), 'rm of nothing is false'),
    expect(add(entry, true), 'add'),
    expect(!rm({ ...entry, when: '2 1 * * *' }), 'another time is another entry'),
    expect(!rm({ ...entry, tag: 'RM' }), 'another tag is another entry'),
    expect(rm(entry), 'rm of an entry is true'),
    expect(!rm(entry), 'it is gone afterwards'),
  );
}

function expressions() {
  const valid = ['* * * * *', '0-59/15 8-17 * * mon-fri', '0 0 13 * 5', '0 0 * * 7', '@hourly'];
  const invalid = ['', '* * * *', '* * * * * *', '60 * * * *', 'a * * * *', '*/0 * * * *',
    '5-1 * * * *', '@never', '0 0 30 2 *'];
  return all(
    ...valid.map((when) => expect(add({ when, tag: 'valid' }, true), `valid: ${when}`)),
    ...invalid.map((when) => expect(!add({ when, tag: 'invalid' }, true), `invalid: ${when}`)),
    expect(ls('invalid').length === 0, 'what was refused is not listed'),
  );
}

function delays() {
  if (!expect(delay(HOUR_NS, 'delay'), 'delay')) return false;
  const entries = ls('delay');
  if (!expect(entries.length === 1, 'a delay is listed')) return false;
  const [[entry, retrigger]] = entries;
  return all(
    expect(!retrigger, 'it fires once'),
    expect(entry.when.split(' ').length === 5, 'its time has five fields'),
    expect(rm(entry), 'it can be removed'),
    expect(ls('delay').length === 0, 'and is gone'),
  );
}

function writeExpressions() {
  const everyValue = { tag: 'all' };
  const at = (val) => ({ tag: 'at', val });
  const range = (...val) => ({ tag: 'range', val });
  // In the order of the text: minute, hour, day, month, day of week.
  const examples = [
    [[[], [], [], [], []], '* * * * *'],
    [[[everyValue, at(3)], [], [], [], []], '* * * * *'],
    [[[at(0), at(30)], [at(8)], [], [], [range(1, 5)]], '0,30 8 * * 1-5'],
    [[[at(99)], [at(24)], [at(0)], [at(0)], []], '59 23 1 1 *'],
    [[[at(5), range(0, 10)], [range(1, 5), range(3, 9)], [], [], []], '0-10 1-9 * * *'],
  ];
  return all(
    ...examples.map(([[minute, hour, day, month, dow], expected]) => {
      const when = mkcron(dow, month, day, hour, minute);
      return expect(when === expected, `mkcron: "${when}" instead of "${expected}"`);
    }),
  );
}

function anyTextAsTag() {
  const when = '7 7 * * *';
  return all(
    ...['', ' ', 'Grüße aus Köln', '世界 🌍', '"quoted"\t\n\x1b[31m', 'a\0b', 'x'.repeat(1000)].map((tag) =>
      all(
        expect(add({ when, tag }, true), 'any text is a tag'),
        expect(same(listed(tag), [[when, tag, true]]), 'a tag comes back as it was'),
        expect(rm({ when, tag }), 'and finds its entry'),
      ),
    ),
  );
}

function longList() {
  const added = Array.from({ length: 60 }, (_, minute) =>
    add({ when: `${59 - minute} 0 1 1 *`, tag: 'many' }, false),
  );
  return all(
    expect(added.every(Boolean), 'add accepts many entries'),
    expect(new Set(ls('many').map(([entry]) => entry.when)).size === 60, 'ls lists all of them'),
    expect(ls('many').length === 60, 'each once'),
  );
}

function logging() {
  for (const level of ['trace', 'debug', 'info', 'warn', 'error']) write(level, 'nothing but text');
  write('info', 'all fields', {
    file: 'everything.js', func: 'logging', line: 1, col: 2, ctx: 'context',
    data: '{"answer": 42, "list": [1, 2, 3], "nothing": null}',
  });
  for (const text of ['', 'Grüße, 世界 🌍', '\x1b[31mnot red\x1b[0m\x07', 'two\nlines\r\n', 'a\0b']) {
    write('info', text, { ctx: text });
  }
  // Half of a surrogate pair: JavaScript has such strings, the component model has not.
  write('info', 'half a pair: \ud83c');
  for (const data of ['', '{', 'not JSON', '42', '{"bt": ["newest\nframe", "oldest"]}', '{"bt": 7}']) {
    write('info', 'odd data', { data });
  }
  return true;
}

function standardStreams() {
  console.log('standard output, 世界');
  console.error('standard error');
  console.log('two lines\nin one call');
  return true;
}

const CASES = [
  ['instance: fresh', freshInstance],
  ['instance: fresh, again', freshInstance],
  ['instance: collections', collections],
  ['instance: clocks and random numbers', clocksAndRandom],
  ['cron: add and list', addAndList],
  ['cron: fresh state', freshState],
  ['cron: fresh state, again', freshState],
  ['cron: list order', listOrder],
  ['cron: add changes the flag', addChangesFlag],
  ['cron: remove', remove],
  ['cron: valid and invalid expressions', expressions],
  ['cron: delays are listed', delays],
  ['cron: mkcron', writeExpressions],
  ['cron: any text as tag', anyTextAsTag],
  ['cron: long list', longList],
  ['logging: all that may be written', logging],
  ['standard output and standard error', standardStreams],
];

const BENCHMARKS = [
  [
    'cron: a thousand lists',
    () => Array.from({ length: 1000 }, () => ls('benchmark')).every((list) => list.length === 0),
  ],
];

function listOrRun(cases, number, run) {
  if (number >= cases.length) return undefined;
  const [name, body] = cases[number];
  return { name, status: run && body() };
}

const testEvent = {
  test: (number, run) => listOrRun(CASES, number, run),
  bench: (number, run) => listOrRun(BENCHMARKS, number, run),
};

// Each name stands for the exported interface with that name.
export {
  initEvent as 'hermes:init/event',
  cronEvent as 'hermes:cron/event',
  testEvent as 'hermes:integration-test/event',
};
