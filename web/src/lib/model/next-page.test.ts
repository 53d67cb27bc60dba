import { expect, test } from 'vitest';

import { nextPage, signInFor } from './next-page';

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
