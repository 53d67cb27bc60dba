/** Papers that are handed in for something: what is asked for, and what is there. */

export interface Paper {
  paper_id: string;
  kind: string;
  name: string;
  size: number;
  issued_on: string;
}

/** One of `kinds`, not older than `months` (0: of any age). */
export interface Wanted {
  kinds: readonly string[];
  months: number;
}

/** A paper must be smaller than this. */
export const PAPER_BYTES_MAX = 20_000_000 - 1;

/** The papers that were handed in for what is asked, by kind. */
export function fitting(papers: readonly Paper[], wanted: Wanted): Paper[] {
  return papers.filter(({ kind }) => wanted.kinds.includes(kind));
}

/** Each group once, whatever asks for it, in the order in which they are first asked for. */
export function groupsOnce(groups: readonly (readonly string[])[]): string[][] {
  const known = new Map(groups.map((kinds) => [kinds.join('|'), [...kinds]]));
  return [...known.values()];
}

/** The query of an upload: the name of the file, the date on it if there is one, and what else is given. */
export function paperQuery(name: string, issuedOn: string, more: Readonly<Record<string, string>> = {}): string {
  return new URLSearchParams({ ...more, name, ...(issuedOn ? { issued_on: issuedOn } : {}) }).toString();
}
