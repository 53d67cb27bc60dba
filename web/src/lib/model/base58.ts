/** Text of 58 signs, as addresses of many chains are written, and the checksums inside it. */
import { sha256 } from '@noble/hashes/sha2.js';

export const BITCOIN_SIGNS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
export const RIPPLE_SIGNS = 'rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz';

/** The bytes that `text` writes; `null` when it holds other signs. */
export function fromBase58(text: string, signs = BITCOIN_SIGNS): Uint8Array | null {
  const bytes: number[] = [];
  for (const sign of text) {
    let carry = signs.indexOf(sign);
    if (carry < 0) return null;
    for (let at = 0; at < bytes.length; at += 1) {
      carry += (bytes[at] ?? 0) * 58;
      bytes[at] = carry & 255;
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 255);
  }
  const zero = signs.charAt(0);
  for (let at = 0; text.charAt(at) === zero; at += 1) bytes.push(0);
  return Uint8Array.from(bytes.reverse());
}

/** Whether `text` writes `length` bytes that begin with one of `versions` and end with their own checksum. */
export function isBase58Check(
  text: string,
  length: number,
  versions: readonly number[],
  signs = BITCOIN_SIGNS,
): boolean {
  const bytes = fromBase58(text, signs);
  if (bytes?.length !== length + 4 || !versions.includes(bytes[0] ?? -1)) return false;
  const sum = sha256(sha256(bytes.subarray(0, length)));
  return bytes.subarray(length).every((byte, at) => byte === sum[at]);
}
