import { expect, test } from 'vitest';

import { arrivedBy } from './brought';

test('what was brought is read', () => {
  const brought = { provider: 'sandbox', state: 'a b', code: 'c+d' };
  expect(arrivedBy(`#${new URLSearchParams(brought).toString()}`)).toEqual({ kind: 'brought', brought });
});

test.each([
  ['#provider=sandbox&error=refused', 'refused'],
  ['#provider=sandbox&error=over', 'over'],
  ['#provider=sandbox&state=x', 'over'],
])('%s means %s', (hash, kind) => {
  expect(arrivedBy(hash)).toEqual({ kind });
});

test.each(['', '#', '#main', '#state=x&code=y'])('%s was not brought by anybody', (hash) => {
  expect(arrivedBy(hash)).toBeNull();
});
