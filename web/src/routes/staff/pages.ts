/** The pages of staff, and the letter that leads to each after `g`. */
import type { TextKey } from '$lib/text/catalog';

export const PAGES = [
  { href: '/staff', key: 'c', title: 'staff.cases' },
  { href: '/staff/proposals', key: 'p', title: 'staff.proposals' },
  { href: '/staff/people', key: 'u', title: 'staff.people' },
  { href: '/staff/rights', key: 'r', title: 'staff.rights' },
  { href: '/staff/audit', key: 'a', title: 'staff.audit' },
  { href: '/staff/funds', key: 'f', title: 'staff.funds' },
  { href: '/staff/engine', key: 'e', title: 'staff.engine' },
] as const satisfies readonly { href: string; key: string; title: TextKey }[];

/** Whether `path` is the page at `href`, or lies below it. Cases lie below the first page, beside all others. */
export function isAt(path: string, href: string): boolean {
  if (href === '/staff') return path === '/staff' || path.startsWith('/staff/cases');
  return path === href || path.startsWith(`${href}/`);
}
