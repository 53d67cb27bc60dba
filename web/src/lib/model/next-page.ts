/** Where a sign-in leads: to the page that asked for it, when that is one of our own. */

const DEFAULT = '/overview';

/** The page to go to, from the `next` of an address. Whatever else stands there leads to the overview. */
export function nextPage(next: string | null): string {
  return next && /^\/[\w-]+(\/[\w-]+)*$/u.test(next) ? next : DEFAULT;
}

/** The address of the sign-in that leads back to `path`. */
export function signInFor(path: string): string {
  return nextPage(path) === DEFAULT ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`;
}
