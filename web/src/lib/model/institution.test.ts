import { describe, expect, test } from 'vitest';

import {
  type Owner,
  type Section,
  bpsOf,
  freeId,
  ownable,
  ownershipOf,
  percentOf,
  sectionToTake,
  signers,
  sumIn,
  typedHoldings,
  withoutOwner,
} from './institution';

const OWNERS: Owner[] = [
  { owner_id: 'o1', kind: 'person', name: 'Ann', person_id: 'p1' },
  { owner_id: 'o2', kind: 'company', name: 'Holding AG' },
];
const HOLDINGS = [
  { owner: 'o1', owned: 'applicant', percent: '33.33' },
  { owner: 'o2', owned: 'applicant', percent: '66.67' },
  { owner: 'o1', owned: 'o2', percent: '100' },
];

describe('a share', () => {
  test.each([
    ['33.33', 3333],
    ['100', 10_000],
    ['0.01', 1],
    ['25.50', 2550],
    ['25.500', 2550],
    ['0', null],
    ['100.01', null],
    ['0.001', null],
    ['', null],
    ['a third', null],
  ])('of %s percent is exact', (typed, bps) => {
    expect(bpsOf(typed)).toBe(bps);
  });

  test.each([
    [1, '0.01'],
    [2550, '25.5'],
    [10_000, '100'],
  ])('of %i hundredths is written in percent', (bps, percent) => {
    expect(percentOf(bps)).toBe(percent);
  });
});

test('what is typed and what is sent are the same', () => {
  const sent = ownershipOf(OWNERS, HOLDINGS);
  expect(sent?.holdings.map(({ share_bps }) => share_bps)).toEqual([3333, 6667, 10_000]);
  expect(sent && typedHoldings(sent)).toEqual(HOLDINGS);
  expect(ownershipOf(OWNERS, [{ owner: 'o1', owned: 'applicant', percent: '' }])).toBeNull();
});

test('shares are summed for what they are in', () => {
  expect(sumIn('applicant', HOLDINGS)).toBe('100');
  expect(sumIn('o2', HOLDINGS.slice(0, 2))).toBe('0');
});

test('only companies and trusts are owned themselves', () => {
  expect(ownable(OWNERS)).toEqual(['applicant', 'o2']);
});

test('an owner goes with what it owns and who owns it', () => {
  const left = withoutOwner('o2', OWNERS, HOLDINGS);
  expect(left.owners.map(({ owner_id }) => owner_id)).toEqual(['o1']);
  expect(left.holdings).toEqual([HOLDINGS[0]]);
});

test('ids are given once', () => {
  expect([freeId('p', []), freeId('p', ['p1']), freeId('p', ['p2'])]).toEqual(['p1', 'p2', 'p3']);
});

test('who may sign is known by the roles', () => {
  const person = (person_id: string, roles: string[]) => ({
    person_id,
    given_names: '',
    family_names: '',
    born_on: '',
    nationality: '',
    residence: '',
    roles,
  });
  const people = [person('p1', ['beneficial_owner']), person('p2', ['beneficial_owner', 'director'])];
  expect(signers(people).map(({ person_id }) => person_id)).toEqual(['p2']);
});

test('one goes on where something is missing', () => {
  const at = (section: Section['section'], state: Section['state']): Section => ({ section, state, problems: [] });
  expect(sectionToTake([at('entity', 'complete'), at('addresses', 'incomplete')])).toBe('addresses');
  expect(sectionToTake([at('entity', 'complete')])).toBe('attestation');
});
