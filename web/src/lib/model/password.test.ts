import { describe, expect, test } from 'vitest';

import { isComplete, partsOf, strengthOf } from './password';

describe('a password', () => {
  test.each([
    ['Quarry-7-lantern', true],
    ['quarry-7-lantern', false],
    ['QUARRY-7-LANTERN', false],
    ['Quarry-x-lantern', false],
    ['Quarry77lantern', false],
    ['Qu-7aaa', false],
    [`Qu-7${'a'.repeat(29)}`, false],
    ['Ñandú-7-río', true],
  ])('has all parts: %s %s', (password, isWhole) => {
    expect(isComplete(password)).toBe(isWhole);
  });

  test('says which part is missing', () => {
    expect(partsOf('quarry 7')).toEqual({ length: true, lower: true, upper: false, digit: true, symbol: true });
  });

  test('looks better the more of it surprises', () => {
    const ladder = ['', 'aaaaaaaa', 'Abcd-123', 'Rk8-vz2q', 'Quarry-7-lantern'].map((one) => strengthOf(one));
    expect(ladder).toEqual([...ladder].sort());
    expect([ladder[0], ladder[1], ladder.at(-1)]).toEqual([0, 1, 4]);
  });

  test('is worth less with what others know', () => {
    expect(strengthOf('Margarita-1', ['margarita'])).toBeLessThan(strengthOf('Margarita-1'));
  });
});
