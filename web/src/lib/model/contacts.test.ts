import { expect, test } from 'vitest';

import { contactKind, namesIn } from './contacts';

test.each([
  ['ana@example.com', 'email'],
  [' ana@mail.example.co.uk ', 'email'],
  ['+1 (415) 555-0100', 'phone'],
  ['415 555 0100', null],
  ['ana@example', null],
  ['ana@@example.com', null],
  ['', null],
])('%s looks like %s', (text, kind) => {
  expect(contactKind(text)).toBe(kind);
});

test('what others know of its owner', () => {
  expect(namesIn(' ana.gil@example.com')).toEqual(['ana.gil@example.com', 'ana.gil']);
  expect(namesIn('ab')).toEqual([]);
});
