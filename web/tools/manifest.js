/** What the build made and what of it comes with what, as its manifest tells. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const OUTPUT = '.svelte-kit/output/client';

/** @typedef {{ file: string, src?: string, imports?: string[], dynamicImports?: string[], css?: string[], assets?: string[], isEntry?: boolean, isDynamicEntry?: boolean }} Chunk */
/** @type {Record<string, Chunk>} */
export const manifest = JSON.parse(readFileSync(join(OUTPUT, '.vite/manifest.json'), 'utf8'));
export const names = Object.keys(manifest);

/**
 * All files that come with a chunk; with `later`, also what it may load some time, unless that is one of `except`.
 *
 * @param {string} name
 * @param {Set<string>} files
 * @param {{ later?: boolean, except?: ReadonlySet<string> }} options
 */
export function collect(name, files, { later = false, except = new Set() } = {}) {
  const chunk = manifest[name];
  if (!chunk || files.has(chunk.file) || except.has(name)) return files;
  for (const file of [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file);
  const followed = [...(chunk.imports ?? []), ...(later ? (chunk.dynamicImports ?? []) : [])];
  for (const imported of followed) collect(imported, files, { later, except });
  return files;
}

/** The chunks that draw a page or its frame. */
export const pages = names.filter((name) => /nodes\/\d+\.js$/.test(name));
