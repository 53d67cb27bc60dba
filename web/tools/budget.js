/**
 * What a visitor downloads, against what they may: every route's own files and all they import, compressed.
 *
 * Usage: node tools/budget.js (after a build). Ends with 1 when a route is too large.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { OUTPUT, collect, manifest, names, pages } from './manifest.js';

/** Kilobytes of a route, the font included, before anything that is loaded later, such as the chart. */
const ROUTE_KB = 220;
/** Of what is loaded later, alone. */
const LATER_KB = 120;

/** @type {Map<string, number>} */
const sizes = new Map();

/** @param {string} file */
function size(file) {
  const known = sizes.get(file);
  if (known !== undefined) return known;
  const bytes = file.endsWith('.woff2')
    ? readFileSync(join(OUTPUT, file)).length
    : brotliCompressSync(readFileSync(join(OUTPUT, file))).length;
  sizes.set(file, bytes);
  return bytes;
}

const shared = names.filter((name) => /client-optimized\/app\.js$|nodes\/0\.js$|client\/entry\.js$/.test(name));
const routes = pages.filter((name) => !/nodes\/[01]\.js$/.test(name));
const text = names.filter((name) => /text\/en\/index\.ts$/.test(name));
let isTooLarge = false;

/**
 * @param {string} title
 * @param {Set<string>} files
 * @param {number} budgetKb
 */
function judge(title, files, budgetKb) {
  const kb = [...files].reduce((sum, file) => sum + size(file), 0) / 1000;
  const verdict = kb > budgetKb ? 'TOO LARGE' : 'ok';
  isTooLarge ||= kb > budgetKb;
  console.log(`${title.padEnd(46)} ${kb.toFixed(1).padStart(7)} kB of ${budgetKb} ${verdict}`); // eslint-disable-line no-console -- a script talks
}

for (const route of routes) {
  const files = new Set();
  for (const name of [...shared, ...text, route]) collect(name, files);
  const source = readFileSync(route, 'utf8');
  judge(/src\/routes(\/[^"']*?)\+page/.exec(source)?.[1] ?? route, files, ROUTE_KB);
}
for (const name of names.filter((one) => manifest[one]?.isDynamicEntry && !/nodes\//.test(one))) {
  judge(`later: ${name.replace(/^.*\//, '')}`, new Set([manifest[name]?.file ?? '']), LATER_KB);
}
process.exit(isTooLarge ? 1 : 0);
