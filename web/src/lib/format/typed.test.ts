import { expect, test } from 'vitest';

import { shownDecimal, typedDecimal } from './typed';

test.each([
  ['en', '', ''],
  ['en', '12', '12'],
  ['en', '12.', '12.'],
  ['en', '12.50', '12.50'],
  ['en', '12,5', '12.5'],
  ['en', '.5', '.5'],
  ['en', '1,234', '1234'],
  ['en', '0,123', '0.123'],
  ['en', '1.234', '1.234'],
  ['en', '1234,567', '1234.567'],
  ['en', '1,234,567', '1234567'],
  ['en', '68,059.10', '68059.10'],
  ['en', '68.059,10', '68059.10'],
  ['en', ' $1 234.5 ', '1234.5'],
  ['en', '-12x', '12'],
  ['es', '12,', '12.'],
  ['es', '12,5', '12.5'],
  ['es', '12.5', '12.5'],
  ['es', '1.234', '1234'],
  ['es', '0.123', '0.123'],
  ['es', '1,234', '1.234'],
  ['es', '68.059,10', '68059.10'],
  ['es', '1.234.567', '1234567'],
])('in %s "%s" is %s', (locale, typed, value) => {
  expect(typedDecimal(locale, typed)).toBe(value);
});

test.each([
  ['en', '12.50', '12.50'],
  ['es', '12.50', '12,50'],
  ['es', '12.', '12,'],
  ['es', '', ''],
])('in %s %s is shown as %s, and comes back', (locale, value, shown) => {
  expect(shownDecimal(locale, value)).toBe(shown);
  expect(typedDecimal(locale, shown)).toBe(value);
});
