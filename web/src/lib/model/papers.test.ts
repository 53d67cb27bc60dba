import { expect, test } from 'vitest';

import { fitting, groupsOnce, paperQuery } from './papers';

const paper = (paper_id: string, kind: string) => ({ paper_id, kind, name: '', size: 1, issued_on: '' });

test('papers are found by what they are wanted for', () => {
  const papers = [paper('1', 'articles'), paper('2', 'ownership_chart'), paper('3', 'other')];
  const wanted = { kinds: ['register_of_shareholders', 'ownership_chart'], months: 12 };
  expect(fitting(papers, wanted).map(({ paper_id }) => paper_id)).toEqual(['2']);
});

test('what two sources ask for is asked for once', () => {
  const groups = [['pay_slip', 'employment_letter'], ['bank_statement'], ['gift_letter'], ['bank_statement']];
  expect(groupsOnce(groups)).toEqual([['pay_slip', 'employment_letter'], ['bank_statement'], ['gift_letter']]);
});

test('a paper goes with its name, and with its date if it has one', () => {
  expect(paperQuery('a b&c.pdf', '')).toBe('name=a+b%26c.pdf');
  expect(paperQuery('a.pdf', '2026-03-31', { revision: '4' })).toBe('revision=4&name=a.pdf&issued_on=2026-03-31');
});
