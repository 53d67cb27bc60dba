/** Network addresses that an API key works from: one address or a network of them, as `203.0.113.7` or `2001:db8::/32`. */

export type AddressList =
  { isFine: true; networks: readonly string[] } | { isFine: false; wrong: string; why: 'form' | 'host' | 'many' };

/** What was typed, one entry for each; commas, spaces and lines part them. Entries that come twice count once. */
export function readAddresses(text: string, countMax: number): AddressList {
  const entries = [...new Set(text.split(/[\s,;]+/u).filter(Boolean))];
  for (const entry of entries) {
    const why = problemOf(entry);
    if (why) return { isFine: false, wrong: entry, why };
  }
  const [, ...beyond] = entries.slice(countMax - 1);
  if (beyond[0]) return { isFine: false, wrong: beyond[0], why: 'many' };
  return { isFine: true, networks: entries };
}

/** An address as people write it: the exchange tells networks of one address with their length. */
export function shownNetwork(network: string): string {
  return network.replace(/^([\d.]+)\/32$/u, '$1').replace(/^([\da-f:.]+)\/128$/iu, '$1');
}

/** `form`: it is no address; `host`: it is a network, but one that begins in the middle. */
function problemOf(entry: string): 'form' | 'host' | null {
  const [address = '', length, ...more] = entry.split('/');
  const bits = bitsOf(address);
  if (!bits || more.length > 0) return 'form';
  if (length === undefined) return null;
  if (!/^\d{1,3}$/u.test(length) || Number(length) > bits.length) return 'form';
  return bits.slice(Number(length)).includes('1') ? 'host' : null;
}

/** The bits of an address, 32 or 128 of them; `null` when it is none. */
function bitsOf(address: string): string | null {
  return address.includes(':') ? bitsOfSix(address) : bitsOfFour(address);
}

function bitsOfFour(address: string): string | null {
  const parts = address.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/u.test(part) && Number(part) < 256)) return null;
  return parts.map((part) => Number(part).toString(2).padStart(8, '0')).join('');
}

function bitsOfSix(address: string): string | null {
  const halves = address.split('::');
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half ? half.split(':') : []));
  const left = 8 - head.length - tail.length;
  if (halves.length === 1 ? left !== 0 : left < 1) return null;
  const groups = [...head, ...Array<string>(left).fill('0'), ...tail];
  if (!groups.every((group) => /^[\da-f]{1,4}$/iu.test(group))) return null;
  return groups.map((group) => parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}
