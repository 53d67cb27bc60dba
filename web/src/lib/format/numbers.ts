/** Numbers as people of a language write them, from decimal strings and without losing a digit. */
import { type Decimal, isDecimal } from '$lib/model/decimals';

export const UNKNOWN = '–';

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const name = locale + JSON.stringify(options);
  const known = formatters.get(name);
  if (known) return known;
  const made = new Intl.NumberFormat(locale, options);
  formatters.set(name, made);
  return made;
}

/** `text` is exact whatever its length: Intl takes decimal strings as they are. */
function exact(text: Decimal): Intl.StringNumericLiteral {
  return text as Intl.StringNumericLiteral;
}

/** With exactly `digits` digits behind the point, digits beyond cut off. */
export function formatFixed(locale: string, text: Decimal, digits: number): string {
  if (!isDecimal(text)) return UNKNOWN;
  return formatter(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    roundingMode: 'trunc',
  } as Intl.NumberFormatOptions).format(exact(text));
}

/** With all the digits it has, `digits` at most. */
export function formatPlain(locale: string, text: Decimal, digits = 8): string {
  if (!isDecimal(text)) return UNKNOWN;
  const options = { maximumFractionDigits: digits, roundingMode: 'trunc' } as Intl.NumberFormatOptions;
  return formatter(locale, options).format(exact(text));
}

/** Large numbers in few letters: `1.2M`. */
export function formatCompact(locale: string, text: Decimal): string {
  if (!isDecimal(text)) return UNKNOWN;
  return formatter(locale, { notation: 'compact', maximumFractionDigits: 2 }).format(exact(text));
}

/** A share in percent with its sign, `null` where there is none. */
export function formatChange(locale: string, share: number | null): string {
  if (share === null) return UNKNOWN;
  return formatter(locale, {
    style: 'percent',
    signDisplay: 'exceptZero',
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  }).format(share);
}

/** A share in percent without a sign. */
export function formatShare(locale: string, share: number | null, digits = 2): string {
  if (share === null) return UNKNOWN;
  return formatter(locale, { style: 'percent', maximumFractionDigits: digits }).format(share);
}
