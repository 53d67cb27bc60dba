import { describe, expect, test } from 'vitest';

import {
  type Part,
  doneSteps,
  documentSlots,
  isEditable,
  partOf,
  stepsOfFailure,
  stepToTake,
  wrongSteps,
} from './verification';

function part(changes: Partial<Part> & { steps?: string[]; codes?: string[] }): Part {
  const { steps = [], codes = [], ...rest } = changes;
  return {
    part: 'identity',
    state: 'open',
    tries_left: 3,
    next_try_ms: null,
    submitted_ms: null,
    valid_until_ms: null,
    is_renewable: false,
    next_steps: steps.map((step) => ({ step, sentence: '' })),
    failures: codes.map((code) => ({ code, message: '', remedy: '' })),
    ...rest,
  };
}

describe('the step to stand at', () => {
  test.each<[string, Part, string]>([
    ['a new one', part({ steps: ['consent', 'person', 'answers', 'document_front', 'face'] }), 'consent'],
    ['one that was left', part({ steps: ['document_back', 'face'] }), 'document'],
    ['one that is whole', part({ state: 'ready', steps: ['submit'] }), 'submit'],
    ['a refused one', part({ state: 'refused', steps: ['submit'], codes: ['document_expired'] }), 'person'],
    ['a refused face', part({ state: 'refused', steps: ['submit'], codes: ['face_differs'] }), 'face'],
    ['the first of several', part({ state: 'refused', codes: ['face_differs', 'name_differs'] }), 'person'],
    ['what cannot be mended', part({ state: 'refused', codes: ['under_age'] }), 'submit'],
    ['an address', part({ part: 'address', steps: ['address_proof'] }), 'address_proof'],
  ])('of %s', (_, found, step) => {
    expect(stepToTake(found)).toBe(step);
  });
});

test('what was mended after a refusal is left behind', () => {
  const refused = part({ state: 'refused', codes: ['face_differs', 'name_differs'] });
  expect([...wrongSteps(refused)]).toEqual(['face', 'person']);
  expect(stepToTake(refused, new Set(['person'] as const))).toBe('face');
  expect(stepToTake(refused, new Set(['person', 'face'] as const))).toBe('submit');
  expect([...wrongSteps(part({ codes: ['face_differs'] }))]).toEqual([]);
});

test('what is renewed is gone through again where it ends', () => {
  const renewed = part({ state: 'verified', is_renewable: true, steps: ['submit'] });
  expect(isEditable(renewed)).toBe(true);
  expect(stepToTake(renewed)).toBe('person');
  expect(stepToTake(renewed, new Set(['person', 'document'] as const))).toBe('face');
  expect(stepToTake({ ...renewed, part: 'address' }, new Set(['address', 'address_proof'] as const))).toBe('submit');
});

test('what is not missing is done, but nothing is handed in by itself', () => {
  expect([...doneSteps(part({ steps: ['document_front', 'face'] }))]).toEqual(['consent', 'person', 'answers']);
  expect([...doneSteps(part({ part: 'address', state: 'ready' }))]).toEqual(['consent', 'address', 'address_proof']);
});

test.each([
  ['identity', 'document_expired', ['person', 'document']],
  ['identity', 'name_differs', ['person']],
  ['identity', 'picture_cropped', ['document']],
  ['identity', 'not_accepted', ['document']],
  ['identity', 'residence_not_served', []],
  ['address', 'address_differs', ['address']],
  ['address', 'proof_not_taken', ['address_proof']],
] as const)('of %s, the remedy of %s is at %j', (name, code, steps) => {
  expect(stepsOfFailure(name, code)).toEqual(steps);
});

test('cards have two sides', () => {
  expect(documentSlots('passport')).toEqual(['document_front']);
  expect(documentSlots('id_card')).toEqual(['document_front', 'document_back']);
});

test('what waits cannot be changed', () => {
  expect(['open', 'in_review', 'verified', 'refused'].map((state) => isEditable(part({ state } as Part)))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test('a part is found by its name', () => {
  const state = { parts: [part({}), part({ part: 'address' })] } as never;
  expect(partOf(state, 'address')?.part).toBe('address');
});
