import { describe, expect, test } from 'vitest';

import { big, change, floorTo, isDecimal, isMultiple, places, scaled, sign, trimmed, unscaled } from './decimals';

test.each([
  ['1', true],
  ['-0.5', true],
  ['.5', false],
  ['1e3', false],
  ['', false],
  ['1,5', false],
  [' 1', false],
])('%j is a decimal: %s', (text, expected) => {
  expect(isDecimal(text)).toBe(expected);
});

test.each([
  ['0.01', 2],
  ['5', 0],
  ['0.00000001', 8],
])('%s has %i places', (text, expected) => {
  expect(places(text)).toBe(expected);
});

describe('integers of a scale', () => {
  test.each([
    ['68059.1', 2, 6805910n, '68059.10'],
    ['-0.5', 1, -5n, '-0.5'],
    ['0.000000019', 8, 1n, '0.00000001'],
    ['900719925474099312345', 0, 900719925474099312345n, '900719925474099312345'],
    ['', 2, 0n, '0.00'],
  ])('%s at %i', (text, scale, integer, back) => {
    expect(scaled(text, scale)).toBe(integer);
    expect(unscaled(integer, scale)).toBe(back);
  });
});

test.each([
  ['1.50', '1.5'],
  ['100', '100'],
  ['1.00', '1'],
  ['0.10', '0.1'],
])('%s is %s', (text, expected) => {
  expect(trimmed(text)).toBe(expected);
});

test.each([
  ['0.00', 0],
  ['', 0],
  ['-0.01', -1],
  ['3', 1],
])('sign of %j', (text, expected) => {
  expect(sign(text)).toBe(expected);
});

test('sizes are cut to the lot, never rounded up', () => {
  expect(floorTo(big('0.12999'), '0.001')).toBe('0.129');
  expect(floorTo(big('7'), '5')).toBe('5');
  expect(isMultiple('0.3', '0.1')).toBe(true);
  expect(isMultiple('0.35', '0.1')).toBe(false);
});

test('what is not known does not change', () => {
  expect(change('105', '100')?.toString()).toBe('0.05');
  expect(change('105', '')).toBeNull();
  expect(change('105', '0')).toBeNull();
  expect(big('').toString()).toBe('0');
});
