import { describe, expect, test } from 'vitest';

import { formatCountdown, formatDay, formatMoment, formatTime } from './dates';
import { formatChange, formatCompact, formatFixed, formatPlain, formatShare } from './numbers';

describe('numbers', () => {
  test('keep every digit', () => {
    expect(formatPlain('en', '12345678901234567890.123456789012')).toBe('12,345,678,901,234,567,890.12345678');
    expect(formatFixed('en', '0.1', 4)).toBe('0.1000');
  });

  test('are never rounded up', () => {
    expect(formatFixed('en', '0.999', 2)).toBe('0.99');
    expect(formatPlain('en', '-1.999999999')).toBe('-1.99999999');
  });

  test('are written as the language has it', () => {
    expect(formatFixed('es', '68059.1', 2)).toBe('68.059,10');
    expect(formatChange('es', -0.0123).replace(/\s/u, ' ')).toBe('-1,23 %');
  });

  test('in few letters', () => {
    expect(formatCompact('en', '515179614.34')).toBe('515.18M');
  });

  test('as shares', () => {
    expect([formatChange('en', 0.05), formatChange('en', 0), formatShare('en', 0.00125, 3)]).toEqual([
      '+5.00%',
      '0.00%',
      '0.125%',
    ]);
  });

  test('that are not known are a dash', () => {
    const dashes = [formatFixed('en', '', 2), formatPlain('en', 'x'), formatCompact('en', ''), formatShare('en', null)];
    expect([
      ...dashes,
      formatChange('en', null),
      formatTime('en', 0),
      formatDay('en', 0),
      formatMoment('en', 0),
    ]).toEqual(Array(8).fill('–'));
  });
});

describe('moments', () => {
  const moment = new Date(2026, 0, 2, 13, 4, 5).getTime();

  test('have two digits each', () => {
    expect(formatTime('en', moment)).toBe('13:04:05');
    expect(formatMoment('en', moment)).toBe('Jan 02, 13:04:05');
    expect(formatDay('es', moment)).toBe('2 ene 2026');
  });

  test.each([
    [28_770_000, '07:59:30'],
    [-5, '00:00:00'],
    [360_000_000, '100:00:00'],
  ])('%i ms are left', (left, shown) => {
    expect(formatCountdown(left)).toBe(shown);
  });
});
