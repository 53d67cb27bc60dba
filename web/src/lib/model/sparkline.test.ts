import { expect, test } from 'vitest';

import { sparkline } from './sparkline';

test('a line from edge to edge, high prices on top', () => {
  expect(sparkline(['1', '3', '2'], 20, 10)).toBe('M0.0 9.0L10.0 1.0L20.0 5.0');
});

test('a price that does not move is drawn in the middle', () => {
  expect(sparkline(['5', '5'], 20, 10)).toBe('M0.0 5.0L20.0 5.0');
});

test('one price is no line', () => {
  expect(sparkline(['5'], 20, 10)).toBe('');
});
