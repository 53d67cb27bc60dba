import { expect, test } from 'vitest';
import { paragraphs } from './paragraphs';

test.each([
  ['one line', 'one line'],
  ['wrapped\nhere', 'wrapped here'],
  ['Title\n\nText\n', 'Title\n\nText'],
  ['1. first,\n   wrapped\n2. second', '1. first, wrapped\n2. second'],
  ['- first,\n  wrapped\n- second', '- first, wrapped\n- second'],
])('%j wraps where it is read', (stored, read) => {
  expect(paragraphs(stored)).toBe(read);
});
