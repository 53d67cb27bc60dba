/** Decimals as people of a language type them. What leaves a field is a decimal string with a point. */
import type { Decimal } from '$lib/model/decimals';

interface Separators {
  decimal: string;
  group: string;
}

const known = new Map<string, Separators>();

function separators(locale: string): Separators {
  const found = known.get(locale);
  if (found) return found;
  const parts = new Intl.NumberFormat(locale, { useGrouping: true }).formatToParts(1_234_567.8);
  const text = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const made = { decimal: text('decimal') || '.', group: text('group') };
  known.set(locale, made);
  return made;
}

/** How `value`, complete or not, stands in a field. */
export function shownDecimal(locale: string, value: Decimal): string {
  return value.replace('.', separators(locale).decimal);
}

/**
 * The decimal in what somebody typed or pasted, complete or not; what is no part of a number is left out.
 *
 * Point and comma both begin the decimals, whichever the language has, but for what can only be groups of thousands:
 * where both occur, the last one begins them; one that occurs more than once, or that the language groups by and that
 * stands where a group ends, separates groups.
 */
export function typedDecimal(locale: string, typed: string): Decimal {
  const digits = typed.replace(/[^\d.,]/g, '');
  const last = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  if (last < 0) return digits;
  const mark = digits.charAt(last);
  const { group } = separators(locale);
  const isRepeated = digits.indexOf(mark) !== last;
  const isGroup = mark === group && /^[1-9]\d{0,2}[.,]\d{3}$/.test(digits);
  if (isRepeated || isGroup) return digits.replaceAll(mark, '').replace(/[.,]/, '.');
  return `${digits.slice(0, last).replace(/[.,]/g, '')}.${digits.slice(last + 1)}`;
}
