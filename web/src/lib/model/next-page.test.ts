import { expect, test } from 'vitest';

import { type Kept, keepNext, nextPage, signInFor, takeNext } from './next-page';

test.each(['/security', '/security/passkeys', '/trade/BTC-USDT'])('%s is one of our pages', (path) => {
  expect(nextPage(path)).toBe(path);
});

test.each([
  null,
  '',
  '//evil.example',
  '/\\evil.example',
  'https://evil.example',
  '/a?b',
  '/a/../b',
  'javascript:1',
  '/a#b',
])('%s leads to the overview', (path) => {
  expect(nextPage(path)).toBe('/overview');
});

test('the sign-in leads back', () => {
  expect(signInFor('/security/devices')).toBe('/sign-in?next=%2Fsecurity%2Fdevices');
  expect(signInFor('/overview')).toBe('/sign-in');
});

function store(): Kept {
  const kept = new Map<string, string>();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}

test('a page is kept over the way to another provider and taken once', () => {
  const kept = store();
  keepNext(kept, '/security/keys');
  expect([takeNext(kept), takeNext(kept)]).toEqual(['/security/keys', '/overview']);
});

test('who leaves again without a page forgets the one of before, and no other than ours is kept', () => {
  const kept = store();
  keepNext(kept, '/security/keys');
  keepNext(kept, null);
  expect(takeNext(kept)).toBe('/overview');
  keepNext(kept, '//evil.example');
  expect(takeNext(kept)).toBe('/overview');
});
