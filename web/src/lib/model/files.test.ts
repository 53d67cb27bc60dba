import { describe, expect, test } from 'vitest';

import { PAPERS, PICTURES, acceptOf, fileKind, fileProblem, kindNames, megabytes, paperName } from './files';

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const JPEG = bytes('\xff\xd8\xff\xe0........');
const WEBP = bytes('RIFF....WEBP');
const PDF = bytes('%PDF-1.7....');

test.each([
  ['a JPEG', JPEG, 'jpeg'],
  ['a PNG', bytes('\x89PNG\r\n\x1a\n....'), 'png'],
  ['a WebP', WEBP, 'webp'],
  ['a PDF', PDF, 'pdf'],
  ['a sound that begins like a WebP', bytes('RIFF....WAVE'), ''],
  ['a GIF', bytes('GIF89a......'), ''],
  ['nothing', bytes(''), ''],
])('%s is known by its first bytes', (_, head, kind) => {
  expect(fileKind(head)).toBe(kind);
});

describe('before it is sent', () => {
  const rules = { kinds: PICTURES, bytesMax: 1_000 };

  test.each([
    ['an empty file', 0, bytes(''), 'empty'],
    ['what is as large as may be', 1_000, JPEG, ''],
    ['what is larger', 1_001, JPEG, 'too_large'],
    ['a PDF where pictures are wanted', 10, PDF, 'type'],
  ])('%s is judged', (_, size, head, problem) => {
    expect(fileProblem(size, head, rules)).toBe(problem);
  });

  test('a PDF is a paper, a WebP is none', () => {
    const papers = { kinds: PAPERS, bytesMax: 1_000 };
    expect([fileProblem(10, PDF, papers), fileProblem(10, WEBP, papers)]).toEqual(['', 'type']);
  });
});

test('what is taken is told to people and to the choice of files', () => {
  expect(acceptOf(PAPERS)).toBe('application/pdf,image/jpeg,image/png');
  expect(kindNames(PICTURES)).toBe('JPEG, PNG, WebP');
  expect([megabytes(10_500_000), megabytes(19_999_999)]).toEqual([10, 20]);
});

test.each([
  ['statement.pdf', 'statement.pdf'],
  ['..\\folder/state\u202ement.pdf', '..folderstatement.pdf'],
  ['///', 'paper'],
  [`${'x'.repeat(200)}.pdf`, `${'x'.repeat(116)}.pdf`],
])('a name of a file is told plainly: %s', (name, told) => {
  expect(paperName(name)).toBe(told);
});
