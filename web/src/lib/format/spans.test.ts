import { expect, test } from 'vitest';

import { formatMicros, formatSpan } from './spans';

test.each([
  [0, '0 sec'],
  [59_999, '59 sec'],
  [60_000, '1 min'],
  [7_199_000, '1 hr'],
  [-90_000_000, '1 day'],
  [200_000_000, '2 days'],
])('%i ms are %s', (ms, shown) => {
  expect(formatSpan('en', ms).replace(/\s/u, ' ')).toBe(shown);
});

test('microseconds', () => {
  expect([500, 5_000, 2_500_000].map((one) => formatMicros('en', one))).toEqual(['0.5 ms', '5 ms', '2.5 sec']);
});
