import { expect, test } from 'vitest';

import { byDay, unseen } from './notices';

const sent = [
  { time_ms: 300, template: 'password_changed' },
  { time_ms: 250, template: 'sign_in_code' },
  { time_ms: 120, template: 'new_device' },
  { time_ms: 100, template: 'email_added' },
];

test.each([
  [0, 3],
  [100, 2],
  [120, 1],
  [300, 0],
])('since %d there is news: %d', (seenMs, count) => {
  expect(unseen(sent, seenMs)).toBe(count);
});

test('days keep their order', () => {
  const days = byDay(sent, (timeMs) => String(Math.floor(timeMs / 200)));
  expect(days.map(({ timeMs, sent: ofDay }) => [timeMs, ofDay.length])).toEqual([
    [300, 2],
    [120, 2],
  ]);
});
