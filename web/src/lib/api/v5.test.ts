import { describe, expect, test, vi } from 'vitest';

import { RefusedError, UnreachableError } from './errors';
import { V5Client } from './v5';

const key = { apiKey: 'key', secret: 'secret', passphrase: 'pass' };

function exchange(...answers: (unknown | Error)[]) {
  const asked: { target: string; init: RequestInit }[] = [];
  const client = new V5Client(
    (target, init) => {
      asked.push({ target, init });
      const answer = answers.shift();
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(new Response(typeof answer === 'string' ? answer : JSON.stringify(answer)));
    },
    () => 1_700_000_000_000,
  );
  return { client, asked };
}

const done = (...data: unknown[]) => ({ code: '0', msg: '', data });

test('public data comes unsigned, with what was asked in the query', async () => {
  const { client, asked } = exchange(done({ instId: 'A' }));
  client.key = key;
  expect(await client.get('/api/v5/market/ticker', { instId: 'A B', limit: undefined })).toEqual([{ instId: 'A' }]);
  expect(asked[0]?.target).toBe('/api/v5/market/ticker?instId=A+B');
  expect(asked[0]?.init.headers).toEqual({});
});

test('an order is signed and sent as JSON', async () => {
  const { client, asked } = exchange(done({ ordId: '1', sCode: '0', sMsg: '' }));
  client.key = key;
  await client.post('/api/v5/trade/order', { instId: 'A' });
  expect(asked[0]?.init).toMatchObject({
    method: 'POST',
    body: '{"instId":"A"}',
    headers: { 'OK-ACCESS-KEY': 'key', 'content-type': 'application/json' },
  });
});

describe('refusals', () => {
  test.each([
    [{ code: '51000', msg: 'Parameter error', data: [] }, '51000', 'Parameter error'],
    [
      { code: '1', msg: 'failed', data: [{ sCode: '51008', sMsg: 'Insufficient balance' }] },
      '51008',
      'Insufficient balance',
    ],
    [{ hello: 1 }, '', 'HTTP 200'],
  ])('%# have a code and a sentence', async (answer, code, message) => {
    const { client } = exchange(answer);
    const failed = client.get('/api/v5/public/time');
    await expect(failed).rejects.toBeInstanceOf(RefusedError);
    await expect(failed).rejects.toMatchObject({ code, message });
  });

  test('without a key nothing private is sent', async () => {
    const { client, asked } = exchange();
    await expect(client.getSigned('/api/v5/account/balance')).rejects.toMatchObject({ code: '50103' });
    expect(asked).toEqual([]);
  });

  test.each([[new Error('refused')], ['<html>']])('%# what is no answer is told apart', async (answer) => {
    const { client } = exchange(answer);
    await expect(client.get('/api/v5/public/time')).rejects.toBeInstanceOf(UnreachableError);
  });
});

describe('a key that ended', () => {
  const ended = { code: '50111', msg: 'Invalid OK-ACCESS-KEY', data: [] };

  test('is renewed once, and the request is sent again', async () => {
    const { client, asked } = exchange(ended, done({ uid: '1' }));
    client.key = key;
    client.renew = () => Promise.resolve({ ...key, apiKey: 'new' });
    expect(await client.getSigned('/api/v5/account/config')).toEqual([{ uid: '1' }]);
    expect(asked[1]?.init.headers).toMatchObject({ 'OK-ACCESS-KEY': 'new' });
  });

  test('is told when there is no other', async () => {
    const { client } = exchange(ended);
    client.key = key;
    client.renew = () => Promise.resolve(null);
    await expect(client.getSigned('/api/v5/account/config')).rejects.toMatchObject({ code: '50111' });
  });
});

describe('too many requests', () => {
  const tooMany = { code: '50011', msg: 'Too Many Requests', data: [] };

  test('a question is asked once more after a while', async () => {
    vi.useFakeTimers();
    const { client, asked } = exchange(tooMany, done({ ts: '1' }));
    const answer = client.get('/api/v5/public/time');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await answer).toEqual([{ ts: '1' }]);
    expect(asked).toHaveLength(2);
    vi.useRealTimers();
  });

  test('an order is never sent again', async () => {
    const { client, asked } = exchange(tooMany);
    client.key = key;
    await expect(client.post('/api/v5/trade/order', {})).rejects.toMatchObject({ code: '50011' });
    expect(asked).toHaveLength(1);
  });
});
