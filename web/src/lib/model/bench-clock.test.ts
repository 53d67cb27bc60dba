import { describe, expect, test } from 'vitest';

import { clockNow, clockOf, durationMs, shareDone, spanText } from './bench-clock';

describe('how long it is', () => {
  test.each([
    ['60', 60_000],
    ['1.5', 1_500],
    ['1,5', 1_500],
    ['250ms', 250],
    ['1m', 60_000],
    ['5 min', 300_000],
    ['1h 30m', 5_400_000],
    ['2D', 172_800_000],
    ['1w', 604_800_000],
    ['52w', 31_449_600_000],
  ])('%s', (typed, expected) => expect(durationMs(typed)).toBe(expected));

  test.each(['', '0', '-1', 'soon', '1x', 'm', '400d', '1h-2m'])('no length: %s', (typed) =>
    expect(durationMs(typed)).toBeNull(),
  );

  test.each([
    [1_500, '1.5s'],
    [60_000, '1m'],
    [5_400_000, '1h 30m'],
    [100_800_000, '1d 4h'],
    [90_061_000, '1d 1h'],
    [21_654_000, '6h'],
  ])('%d is said so', (span, expected) => expect(spanText(span)).toBe(expected));
});

const ROW = { now_ms: '1000', speed: '60', state: 'running', goal_ms: '', machine_ms: '5', follows_machine: 'false' };

test('a running clock goes on by its speed, others stand', () => {
  expect(clockNow(clockOf(ROW), 500)).toBe(31_000);
  expect(clockNow(clockOf({ ...ROW, state: 'frozen' }), 500)).toBe(1_000);
  expect(clockNow(clockOf({ ...ROW, state: 'moving', goal_ms: '9000' }), 500)).toBe(1_000);
  expect(clockOf({ ...ROW, goal_ms: '9000' }).goalMs).toBe(9_000);
});

test.each([
  [0, 5, 10, 0.5],
  [0, 20, 10, 1],
  [5, 0, 10, 0],
  [5, 5, 5, 1],
])('of the way from %d, at %d, to %d', (begin, now, end, expected) =>
  expect(shareDone(begin, now, end)).toBe(expected),
);
