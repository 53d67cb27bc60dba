import { expect, test } from 'vitest';

import { newestFirst, PAGE, renewed, together } from './pages';

/** Rows from `from` down to `to`, every `step`th. */
function rows(from: number, to: number, step = 1): { id: string }[] {
  const count = Math.floor((from - to) / step) + 1;
  return Array.from({ length: count }, (_, at) => ({ id: String(from - at * step) }));
}

const ids = (some: readonly { id: string }[] | null) => some?.map(({ id }) => Number(id));

test('ids are numbers, however long', () => {
  const some = ['99', '100', '3582900000000000001', '3582900000000000002'].map((id) => ({ id }));
  expect(some.sort(newestFirst).map(({ id }) => id)).toEqual([
    '3582900000000000002',
    '3582900000000000001',
    '100',
    '99',
  ]);
});

test('pages that are not full are the whole list', () => {
  expect(together([rows(9, 5, 2), rows(8, 6, 2), []])).toEqual({ rows: rows(9, 5), isLast: true });
});

test('what lies beyond the end of a full page waits, since more may lie between', () => {
  const page = together([rows(300, 201), rows(250, 150, 50)]);
  expect(page.isLast).toBe(false);
  expect(page.rows.length).toBe(PAGE + 1);
  expect(page.rows.at(-1)).toEqual({ id: '201' });
});

test('older rows stay when the newest page is fetched again', () => {
  const known = rows(200, 50);
  expect(ids(renewed(known, { rows: rows(203, 104), isLast: false }))).toEqual(ids(rows(203, 50)));
});

test('what is gone from the newest page is gone', () => {
  const known = rows(5, 1);
  expect(ids(renewed(known, { rows: [{ id: '5' }, { id: '3' }], isLast: true }))).toEqual([5, 3, 2, 1]);
});

test('older rows are given up when the newest page no longer reaches them', () => {
  expect(renewed(rows(100, 50), { rows: rows(300, 201), isLast: false })).toBeNull();
});

test('an empty page says nothing of what is older', () => {
  expect(ids(renewed(rows(5, 4), { rows: [], isLast: true }))).toEqual([5, 4]);
});
