import { expect, test, vi } from 'vitest';

import { Confirming, NotConfirmedError } from './confirming';
import { RefusedError } from './errors';

const refused = (code: string) => new RefusedError(code, 'No.');

/** Answers one thing after another; refusals are raised. */
function acting(...answers: (string | RefusedError)[]) {
  return vi.fn(() => {
    const answer = answers.shift() ?? 'done';
    return answer instanceof RefusedError ? Promise.reject(answer) : Promise.resolve(answer);
  });
}

test('what needs no confirmation asks for none', async () => {
  const ask = acting();
  expect(await new Confirming(async () => void (await ask())).run(acting('done'))).toBe('done');
  expect(ask).not.toHaveBeenCalled();
});

test('what needs one is done after it, once', async () => {
  const act = acting(refused('step_up_required'), 'done');
  const ask = acting();
  expect(await new Confirming(async () => void (await ask())).run(act)).toBe('done');
  expect([act.mock.calls.length, ask.mock.calls.length]).toEqual([2, 1]);
});

test.each(['password_weak', 'not_confirmed'])('another refusal is the answer: %s', async (code) => {
  const act = acting(refused(code));
  await expect(new Confirming(() => Promise.resolve()).run(act)).rejects.toMatchObject({ code });
  expect(act).toHaveBeenCalledTimes(1);
});

test('an act that is refused again is not tried for ever', async () => {
  const act = acting(refused('step_up_required'), refused('step_up_required'), 'done');
  await expect(new Confirming(() => Promise.resolve()).run(act)).rejects.toMatchObject({ code: 'step_up_required' });
  expect(act).toHaveBeenCalledTimes(2);
});

test('who does not confirm gets a refusal, and nothing is done', async () => {
  const act = acting(refused('step_up_required'), 'done');
  const confirming = new Confirming(() => Promise.reject(new NotConfirmedError('Nothing was changed.')));
  await expect(confirming.run(act)).rejects.toMatchObject({ code: 'not_confirmed', message: 'Nothing was changed.' });
  expect(act).toHaveBeenCalledTimes(1);
});

test('acts that come together are confirmed by one answer, later ones by another', async () => {
  const confirm: (() => void)[] = [];
  const ask = vi.fn(() => new Promise<void>((resolve) => confirm.push(resolve)));
  const confirming = new Confirming(ask);
  const acts = [1, 2].map(() => confirming.run(acting(refused('step_up_required'), 'done')));
  await vi.waitFor(() => expect(confirm).toHaveLength(1));
  confirm[0]?.();
  expect(await Promise.all(acts)).toEqual(['done', 'done']);
  expect(ask).toHaveBeenCalledTimes(1);
  const later = confirming.run(acting(refused('step_up_required'), 'done'));
  await vi.waitFor(() => expect(confirm).toHaveLength(2));
  confirm[1]?.();
  expect(await later).toBe('done');
});
