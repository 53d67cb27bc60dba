import { expect, test } from 'vitest';

import { MAIL_BYTES_MAX, toneOfStanding, toneOfVerdict, worstFirst, wrongWithMail } from './from-us';

test.each([
  ['mail.eml', 1, ''],
  ['MAIL.EML', MAIL_BYTES_MAX, ''],
  ['source.txt', 10, ''],
  ['mail.msg', 10, 'type'],
  ['mail', 10, 'type'],
  ['mail.eml', 0, 'size'],
  ['mail.eml', MAIL_BYTES_MAX + 1, 'size'],
])('%s of %d bytes: %s', (name, size, wrong) => {
  expect(wrongWithMail(name, size)).toBe(wrong);
});

test('what speaks against a mail comes first', () => {
  const grades = worstFirst([{ grade: 'good' }, { grade: 'bad' }, { grade: 'note' }]).map(({ grade }) => grade);
  expect(grades).toEqual(['bad', 'note', 'good']);
});

test('only what is genuine looks good', () => {
  expect((['genuine', 'suspicious', 'fake', 'unrelated'] as const).map(toneOfVerdict)).toEqual([
    'good',
    'warn',
    'bad',
    'warn',
  ]);
  expect(['official', 'look_alike', 'not_official', 'newer'].map(toneOfStanding)).toEqual([
    'good',
    'bad',
    'warn',
    'warn',
  ]);
});
