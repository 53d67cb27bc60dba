/** What a new password has to have, and how good it looks, before the exchange judges. It knows leaked ones; we do not. */

export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 32;

export type PasswordPart = 'length' | 'lower' | 'upper' | 'digit' | 'symbol';
export const PASSWORD_PARTS: readonly PasswordPart[] = ['length', 'lower', 'upper', 'digit', 'symbol'];
/** From 1, guessed at once, to 4, hard to guess; 0 while there is nothing. */
export type Strength = 0 | 1 | 2 | 3 | 4;

const KINDS: Record<Exclude<PasswordPart, 'length'>, RegExp> = {
  lower: /\p{Ll}/u,
  upper: /\p{Lu}/u,
  digit: /\p{Nd}/u,
  symbol: /[^\p{L}\p{N}]/u,
};
const BITS_FOR = [28, 40, 56] as const;

/** Which parts `password` has. */
export function partsOf(password: string): Record<PasswordPart, boolean> {
  const length = [...password].length;
  return {
    length: length >= PASSWORD_MIN && length <= PASSWORD_MAX,
    lower: KINDS.lower.test(password),
    upper: KINDS.upper.test(password),
    digit: KINDS.digit.test(password),
    symbol: KINDS.symbol.test(password),
  };
}

/** Whether it has all of them. */
export function isComplete(password: string): boolean {
  return Object.values(partsOf(password)).every(Boolean);
}

/** An estimate that is shown while somebody types; `known` is what others know of its owner. */
export function strengthOf(password: string, known: readonly string[] = []): Strength {
  if (!password) return 0;
  let rest = password.toLowerCase();
  for (const word of known.map((one) => one.toLowerCase()).filter((one) => one.length > 2))
    rest = rest.replace(word, '*');
  const bits = surprising(rest) * bitsEach(password);
  return (1 + BITS_FOR.filter((wanted) => bits >= wanted).length) as Strength;
}

/** How many characters do not follow from the one before: `aaaa` and `1234` count little. */
function surprising(text: string): number {
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0);
  return codes.reduce((sum, code, at) => {
    const step = at === 0 ? 2 : Math.abs(code - (codes[at - 1] ?? 0));
    return sum + (step <= 1 ? 0.25 : 1);
  }, 0);
}

function bitsEach(password: string): number {
  const sizes = { lower: 26, upper: 26, digit: 10, symbol: 32 } as const;
  const pool = (Object.keys(sizes) as (keyof typeof sizes)[]).reduce(
    (sum, kind) => sum + (KINDS[kind].test(password) ? sizes[kind] : 0),
    0,
  );
  return Math.log2(Math.max(2, pool)) * 0.72;
}
