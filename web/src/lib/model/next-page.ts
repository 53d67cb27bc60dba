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

/** What is needed of a web store; tests bring their own. */
export type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const NAME = 'lonja.next';

/** Keep `next` of the sign-in's address while the browser is at another provider, which brings nothing back of it. */
export function keepNext(store: Kept, next: string | null): void {
  if (nextPage(next) === DEFAULT) store.removeItem(NAME);
  else store.setItem(NAME, nextPage(next));
}

/** The page that was kept, once. */
export function takeNext(store: Kept): string {
  const kept = nextPage(store.getItem(NAME));
  store.removeItem(NAME);
  return kept;
}
