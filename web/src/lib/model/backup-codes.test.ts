import { expect, test } from 'vitest';

import { codesFile, inPairs } from './backup-codes';

test('a code is written in halves', () => {
  expect(inPairs('0abcde2345')).toBe('0abcd-e2345');
  expect(inPairs('abc')).toBe('ab-c');
});

test('a file names its house and ends its last line', () => {
  expect(codesFile('Backup codes of lonja', ['0abcde2345', '1abcde2345'])).toBe(
    'Backup codes of lonja\n\n0abcd-e2345\n1abcd-e2345\n',
  );
});
