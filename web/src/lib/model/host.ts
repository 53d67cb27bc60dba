/** What can be asked of the address that a page was opened at. */

/** Whether it is a number: passkeys and other providers belong to names. */
export function isNumericHost(hostname: string): boolean {
  return /^[\d.]+$/u.test(hostname) || hostname.includes(':');
}

/** The same page under the name of this machine, '' where it has no number of its own. */
export function atLocalName(address: string): string {
  const found = new URL(address);
  if (found.hostname !== '127.0.0.1') return '';
  found.hostname = 'localhost';
  return found.href;
}
