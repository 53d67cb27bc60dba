import { expect, test } from 'vitest';

import { isReason } from './reason';

test.each([
  ['', true],
  ['lost my bag', true],
  ['x'.repeat(200), true],
  ['x'.repeat(201), false],
  ['two\nlines', false],
  ['hidden\u200bsign', false],
])('%j', (text, isFine) => {
  expect(isReason(text)).toBe(isFine);
});
