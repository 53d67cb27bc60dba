import { expect, test } from 'vitest';

import { RefusedError } from './errors';
import { SandboxClient } from './sandbox';

const answering = (body: unknown, asked: string[] = []) =>
  new SandboxClient((input) => {
    asked.push(input);
    return Promise.resolve(new Response(JSON.stringify(body)));
  });

test('messages come as a bare list', async () => {
  const asked: string[] = [];
  const rows = [{ channel: 'sms', to: '+14155550100', text: 'hello' }];
  expect(await answering(rows, asked).messages({ to: '+14155550100' })).toEqual(rows);
  expect(asked).toEqual(['/sandbox/outbox?to=%2B14155550100']);
});

test('a refusal of messages is told as any other', async () => {
  const refused = answering({ code: '403', msg: 'it comes from another machine', data: [] });
  await expect(refused.messages()).rejects.toThrow(RefusedError);
});

test('an exchange without these controls is no sandbox', async () => {
  expect(await answering({ code: '404', msg: 'Not Found', data: [] }).isOpen()).toBe(false);
  expect(await answering({ code: '0', msg: '', data: [{ now_ms: '1' }] }).isOpen()).toBe(true);
});
