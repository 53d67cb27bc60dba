/** Lists that the exchange tells page by page, the newest row first. */

/** What the exchange tells at once, at most. */
export const PAGE = 100;

/** Ids are counted: a larger one came later. */
export interface Numbered {
  readonly id: string;
}

export interface Page<Row> {
  rows: Row[];
  /** Whether there is nothing older. */
  isLast: boolean;
}

export function newestFirst(a: Numbered, b: Numbered): number {
  return b.id.length - a.id.length || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}

/** One page out of several that were asked for at once. Rows beyond the end of one that is full wait for the next. */
export function together<Row extends Numbered>(parts: readonly (readonly Row[])[]): Page<Row> {
  const full = parts.filter((part) => part.length >= PAGE);
  const [end] = full.flatMap((part) => part.slice(-1)).sort(newestFirst);
  const rows = parts.flat().sort(newestFirst);
  return { rows: end ? rows.filter((row) => newestFirst(row, end) <= 0) : rows, isLast: full.length === 0 };
}

/** What is `known`, with the `newest` page fetched again; `null` when rows between the two may be missing. */
export function renewed<Row extends Numbered>(known: readonly Row[], newest: Page<Row>): Row[] | null {
  const end = newest.rows.at(-1);
  if (!end) return [...known];
  const older = known.filter((row) => newestFirst(row, end) > 0);
  const isJoined = newest.isLast || older.length < known.length;
  return older.length > 0 && !isJoined ? null : [...newest.rows, ...older];
}
