import { expect, test } from 'vitest';

import { shortcutOf } from './shortcuts';

const alone = { ctrlKey: false, metaKey: false, altKey: false };

test.each([
  ['b', 'buy'],
  ['B', 'buy'],
  ['?', 'help'],
  ['3', 'positions'],
  ['x', null],
  ['Enter', null],
  ['constructor', null],
])('%s is %s', (key, action) => {
  expect(shortcutOf({ ...alone, key }, false)).toBe(action);
});

test('who types is not interrupted, nor is the browser', () => {
  expect(shortcutOf({ ...alone, key: 'b' }, true)).toBeNull();
  for (const held of ['ctrlKey', 'metaKey', 'altKey']) {
    expect(shortcutOf({ ...alone, key: 'b', [held]: true }, false)).toBeNull();
  }
});
