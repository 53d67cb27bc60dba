/** The parts of the security center, in the order of the rail. A part stands here as soon as its page does. */
import type { TextKey } from '$lib/text/catalog';

export interface Section {
  href: string;
  title: TextKey;
  /** Items of the checklist that are done there. */
  items?: readonly string[];
}

export interface Group {
  title: TextKey;
  sections: readonly Section[];
}

export const HOME: Section = { href: '/security', title: 'security.nav_overview' };

export const GROUPS: readonly Group[] = [];

/** Where an item of the checklist is done, '' where no page does it. */
export function pageOf(item: string): string {
  const found = GROUPS.flatMap((group) => group.sections).find((section) => section.items?.includes(item));
  return found?.href ?? '';
}
