import { expect, test } from 'vitest';

import { AccountClient } from './account';

function house(...answers: [number, unknown][]) {
  const asked: [string, RequestInit][] = [];
  const client = new AccountClient((target, init) => {
    asked.push([target, init]);
    const [status, body] = answers.shift() ?? [204, null];
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  });
  return { client, asked };
}

test('what changes something carries the token that an answer told', async () => {
  const { client, asked } = house([200, { csrf_token: 'token' }], [204, null]);
  await client.get('/me');
  expect(await client.send('POST', '/sign-out')).toBeNull();
  expect(asked[0]?.[1].headers).toEqual({});
  expect(asked[1]).toMatchObject(['/api/account/sign-out', { method: 'POST', headers: { 'x-csrf-token': 'token' } }]);
});

test('a refusal has a code, a sentence and a remedy', async () => {
  const { client } = house([409, { code: 'taken', message: 'It is taken.', remedy: 'Take another.' }], [500, 'x']);
  await expect(client.send('POST', '/sign-up', {})).rejects.toMatchObject({
    code: 'taken',
    message: 'It is taken.',
    remedy: 'Take another.',
    status: 409,
  });
  await expect(client.get('/me')).rejects.toMatchObject({ code: '', message: 'HTTP 500' });
});

test.each([new FormData(), new Blob(['mail'], { type: 'message/rfc822' })])(
  'a form and a file go as they are',
  async (body) => {
    const { client, asked } = house();
    await client.send('PUT', '/papers/1', body);
    expect(asked[0]?.[1].body).toBe(body);
    expect(asked[0]?.[1].headers).toEqual({});
  },
);

test('a file comes as it is, a refusal instead of one as any other', async () => {
  const { client, asked } = house([200, 'bytes'], [409, { code: 'taken', message: 'It is taken.' }]);
  const file = await client.fetchFile('/security/recovery-export', { passphrase: 'x' });
  expect(await file.text()).toBe('"bytes"');
  expect(asked[0]).toMatchObject([
    '/api/account/security/recovery-export',
    { method: 'POST', body: '{"passphrase":"x"}' },
  ]);
  await expect(client.fetchFile('/security/recovery-export', {})).rejects.toMatchObject({ code: 'taken', status: 409 });
});
