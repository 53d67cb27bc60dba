import { describe, expect, test } from 'vitest';

import { CLIENTS, covered, snippet } from './snippets';

const KEY = { apiKey: 'the-key', secret: 'THE-SECRET', passphrase: "it's a pass" };
const ORIGIN = 'http://127.0.0.1:9000';

describe.each(CLIENTS)('%s', (client) => {
  const text = snippet(client, ORIGIN, KEY);

  test('is filled with this host and this key', () => {
    for (const part of [ORIGIN, KEY.apiKey, KEY.secret]) expect(text).toContain(part);
    expect(text).not.toMatch(/undefined|okx\.com/);
    expect(text.endsWith('\n')).toBe(true);
  });

  test('covers what is secret', () => {
    const shown = covered(text, KEY);
    expect(shown).not.toContain(KEY.secret);
    expect(shown).toContain(KEY.apiKey);
  });
});

test('a stream has its own address, with TLS where the page has it', () => {
  expect(snippet('ccxt.pro', ORIGIN, KEY)).toContain('"ws://127.0.0.1:9000/ws/v5"');
  expect(snippet('ccxt.pro', 'https://x.example', KEY)).toContain('"wss://x.example/ws/v5"');
});

test('no shell is led astray by what stands in a key', () => {
  expect(snippet('curl', ORIGIN, KEY)).toContain(String.raw`'OK-ACCESS-PASSPHRASE: it'\''s a pass'`);
});
