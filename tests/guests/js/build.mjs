// Turns src/everything.js into a component: node build.mjs OUT.wasm

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { componentize } from '@bytecodealliance/componentize-js';

const [out] = process.argv.slice(2);
if (!out) throw new Error('usage: node build.mjs OUT.wasm');

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { component } = await componentize(await readFile(here('src/everything.js'), 'utf8'), {
  sourceName: 'everything.js',
  witPath: here('wit'),
  worldName: 'everything-js',
  // No fetch in this world: a component should not import what it does not use.
  disableFeatures: ['http', 'fetch-event'],
});
await writeFile(out, component);
