import decodeQR from 'qr/decode.js';
import { expect, test } from 'vitest';

import { type Drawing, drawQr, inGroups } from './qr';

const SCALE = 4;

/** What a camera that sees the drawing would say it holds. */
function seen({ path, size }: Drawing): string {
  const width = size * SCALE;
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)/gu))
    for (let dot = 0; dot < SCALE * SCALE; dot++) {
      const row = Number(y) * SCALE + Math.floor(dot / SCALE);
      const at = (row * width + Number(x) * SCALE + (dot % SCALE)) * 4;
      data.fill(0, at, at + 3);
    }
  return decodeQR({ width, height: width, data });
}

test.each([
  'otpauth://totp/lonja%3Aa%2A%2A%2A%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=lonja&digits=6',
  'short',
])('a camera reads what was drawn: %s', (text) => {
  expect(seen(drawQr(text))).toBe(text);
});

test('a secret is typed in groups', () => {
  expect(inGroups('JBSWY3DPEH')).toBe('JBSW Y3DP EH');
  expect(inGroups('JBSW')).toBe('JBSW');
});
