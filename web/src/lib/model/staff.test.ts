import { expect, test } from 'vitest';

import { type AuditEntry, type QueuedCase, csvOf, isLate, lineThrough, perSecond, rowAfter, sought } from './staff';

const row = (number: number, more: Partial<QueuedCase> = {}): QueuedCase => ({
  case: number,
  kind: 'kyc',
  user_id: 7,
  state: 'open',
  opened_ms: 0,
  due_ms: 100,
  assignee: null,
  proposal: null,
  ...more,
});

test('cases are sought by who has them, and whether they are late', () => {
  const rows = [row(1), row(2, { assignee: 3, due_ms: 10 }), row(3, { assignee: 4, due_ms: 10 })];
  const of = { userId: 3, nowMs: 50 };
  const numbers = (found: QueuedCase[]) => found.map((one) => one.case);
  expect(numbers(sought(rows, 'all', false, of))).toEqual([1, 2, 3]);
  expect(numbers(sought(rows, 'mine', false, of))).toEqual([2]);
  expect(numbers(sought(rows, 'nobody', false, of))).toEqual([1]);
  expect(numbers(sought(rows, 'all', true, of))).toEqual([2, 3]);
});

test('nothing is late while a customer is asked', () => {
  expect(isLate(row(1, { state: 'waiting_for_customer' }), 200)).toBe(false);
  expect(isLate(row(1, { state: 'decided' }), 200)).toBe(false);
  expect([isLate(row(1), 100), isLate(row(1), 99)]).toEqual([true, false]);
});

test.each([
  ['j', -1, 3, 0],
  ['j', 2, 3, 2],
  ['ArrowDown', 0, 3, 1],
  ['k', -1, 3, 0],
  ['k', 2, 3, 1],
  ['x', 1, 3, null],
  ['j', -1, 0, null],
])('%s leads from row %i of %i to %j', (key, at, count, to) => {
  expect(rowAfter(key, at, count)).toBe(to);
});

test('rates need two counts of one process', () => {
  expect(perSecond(undefined, 10, 5)).toBe('');
  expect(perSecond(10, 60, 5)).toBe('10.0');
  expect(perSecond(60, 10, 5)).toBe('');
  expect(perSecond(10, 60, 0)).toBe('');
});

test('the log as a table keeps its cells apart and holds no formula', () => {
  const entry: AuditEntry = {
    sequence: 1,
    time_ms: 2,
    actor: 'staff:3',
    action: 'case.note',
    subject: 'user:7',
    reference: '=1+1',
    detail: { reason: 'said "no", twice' },
    digest: 'ab',
  };
  expect(csvOf([entry])).toBe(
    'sequence,time_ms,actor,action,subject,reference,detail,digest\r\n' +
      `1,2,staff:3,case.note,user:7,'=1+1,"{""reason"":""said \\""no\\"", twice""}",ab\r\n`,
  );
});

test('a line fills its box', () => {
  expect(lineThrough(['1', '3', '2'], 100, 10)).toBe('0.0,10.0 50.0,0.0 100.0,5.0');
  expect(lineThrough(['5', '5'], 100, 10)).toBe('0.0,5.0 100.0,5.0');
});
