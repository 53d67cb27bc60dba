import { expect, test } from 'vitest';

import { type ChecklistItem, countOf, inOrder, nextOf } from './checklist';

/** `*name` is required, `+name` is there. */
function items(...told: string[]): ChecklistItem[] {
  return told.map((one) => ({ name: one.replace(/[*+]/gu, ''), done: one.includes('+'), required: one.includes('*') }));
}

test.each([
  ['authenticator', items('passkey', '*authenticator', '*+email')],
  ['phone', items('*authenticator', '*phone')],
  ['passkey', items('emergency_contact', '+*email', 'backup_codes', 'passkey')],
  ['backup_codes', items('newer_than_this_page', 'backup_codes')],
  ['newer_than_this_page', items('*newer_than_this_page', 'passkey')],
  [undefined, items('+*email', '+passkey')],
  [undefined, []],
])('the next step is %s', (name, of) => {
  expect(nextOf(of)?.name).toBe(name);
});

test('what is missing stands before what is there', () => {
  const names = inOrder(items('+*email', 'passkey', '*phone', '+backup_codes')).map((item) => item.name);
  expect(names).toEqual(['phone', 'passkey', 'email', 'backup_codes']);
});

test('what is there is counted', () => {
  expect(countOf(items('+a', 'b', '+*c'))).toEqual({ done: 2, all: 3 });
});
