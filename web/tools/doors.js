/**
 * Says which files only the pages of staff need, so that the door of customers does not have them.
 *
 * Usage: node tools/doors.js (after a build). Writes `staff-only.json` beside the built pages: their paths, in order.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collect, manifest, names, pages } from './manifest.js';

const BUILT = process.env.LONJA_WEB_BUILT ?? '../src/lonja/edge/site/built';

const isOfStaff = (/** @type {string} */ name) =>
  /text\/\w+\/staff\.json$/.test(name) ||
  (pages.includes(name) && readFileSync(name, 'utf8').includes('src/routes/staff'));

const staff = new Set(names.filter(isOfStaff));
const begins = names.filter((name) => manifest[name]?.isEntry && !staff.has(name));
/** @type {Set<string>} */
const ofAll = new Set();
for (const name of begins) collect(name, ofAll, { later: true, except: staff });
/** @type {Set<string>} */
const ofStaff = new Set();
for (const name of staff) collect(name, ofStaff, { later: true });
const only = [...ofStaff].filter((file) => !ofAll.has(file)).sort();
if (staff.size === 0 || only.length === 0) throw new Error('no file of staff was found');
writeFileSync(join(BUILT, 'staff-only.json'), JSON.stringify(only.map((file) => `/${file}`)));
