/** Backup codes as people keep them. */

/** A code in two halves, which the eye holds more easily; the exchange takes it with or without the line. */
export function inPairs(code: string): string {
  const half = Math.ceil(code.length / 2);
  return `${code.slice(0, half)}-${code.slice(half)}`;
}

/** What a file or a sheet of paper says. */
export function codesFile(title: string, codes: readonly string[]): string {
  return [title, '', ...codes.map(inPairs), ''].join('\n');
}
