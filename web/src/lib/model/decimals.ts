/**
 * Exact arithmetic on decimal strings, which is what money is on the wire.
 *
 * Forms calculate with Big; what changes many times a second (books, sums) with integers of a known scale.
 */
import Big from 'big.js';

Big.DP = 24;
Big.NE = -40;
Big.PE = 40;

/** A decimal as the wire has it, such as `0.00000001`; `''` where nothing is known. */
export type Decimal = string;

const PLAIN = /^-?\d+(\.\d+)?$/;

/** Whether `text` is a plain decimal number: no exponent, no spaces, nothing left out. */
export function isDecimal(text: string): boolean {
  return PLAIN.test(text);
}

/** The number in `text`; zero where there is none. */
export function big(text: Decimal): Big {
  return new Big(isDecimal(text) ? text : '0');
}

/** How many digits stand behind the point: 2 for `0.01`, 0 for `5`. */
export function places(text: Decimal): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/** `text` as an integer of `scale` digits behind the point; digits beyond are cut off. */
export function scaled(text: Decimal, scale: number): bigint {
  const negative = text.startsWith('-');
  const [whole = '0', behind = ''] = (negative ? text.slice(1) : text).split('.');
  const digits = BigInt((whole || '0') + behind.slice(0, scale).padEnd(scale, '0'));
  return negative ? -digits : digits;
}

/** The decimal that `value` stands for at `scale`, with all its digits. */
export function unscaled(value: bigint, scale: number): Decimal {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return negative ? `-${text}` : text;
}

/** Without zeros that say nothing: `1.50` is `1.5`. */
export function trimmed(text: Decimal): Decimal {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Below, at or above zero. */
export function sign(text: Decimal): -1 | 0 | 1 {
  if (!/[1-9]/.test(text)) return 0;
  return text.startsWith('-') ? -1 : 1;
}

/** The largest multiple of `step` that is at most `value`, in the digits of the step. */
export function floorTo(value: Big, step: Decimal): Decimal {
  return value.div(step).round(0, Big.roundDown).times(step).toFixed(places(step));
}

/** Whether `text` is a multiple of `step`. */
export function isMultiple(text: Decimal, step: Decimal): boolean {
  return big(text).mod(step).eq(0);
}

/** From `base` to `value` as a share: 0.05 is five percent up. `null` where either is unknown. */
export function change(value: Decimal, base: Decimal): Big | null {
  if (!isDecimal(value) || !isDecimal(base) || sign(base) === 0) return null;
  return new Big(value).minus(base).div(base);
}

/** One step up or down from a number, never below nothing, on a multiple of the step. */
export function stepped(from: Decimal, step: Decimal, direction: 1 | -1): Decimal {
  const next = big(from).plus(direction === 1 ? step : `-${step}`);
  return floorTo(next.lt(0) ? big('0') : next, step);
}
