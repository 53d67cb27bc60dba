/** A code that cameras read, drawn by this page alone: what it holds is a secret. */
import { encodeQR } from 'qr';

export interface Drawing {
  /** An SVG path of one square for each dark field. */
  path: string;
  /** How many fields wide and high, the quiet rim included. */
  size: number;
}

const RIM = 3;

/** `text` as a drawing. */
export function drawQr(text: string): Drawing {
  const fields = encodeQR(text, 'raw', { border: RIM, ecc: 'medium' });
  const path = fields.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${String(x)} ${String(y)}h1v1h-1z`] : [])),
  );
  return { path: path.join(''), size: fields.length };
}

/** A secret in groups of four, as people type it. */
export function inGroups(secret: string): string {
  return secret.replace(/(.{4})(?=.)/gu, '$1 ');
}
