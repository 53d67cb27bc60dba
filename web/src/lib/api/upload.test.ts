import { expect, test } from 'vitest';

import { UnreachableError } from './errors';
import { uploadFile } from './upload';

class Wire {
  sent: [string, string][] = [];
  headers: Record<string, string> = {};
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  status = 0;
  responseText = '';

  open(method: string, target: string): void {
    this.sent.push([method, target]);
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  send(): void {
    this.upload.onprogress?.({ loaded: 3, total: 4 });
  }

  abort(): void {
    this.onabort?.();
  }

  answer(status: number, text: string): void {
    this.status = status;
    this.responseText = text;
    this.onload?.();
  }
}

function sending() {
  const wire = new Wire();
  const shares: number[] = [];
  const stop = new AbortController();
  const onProgress = (share: number) => shares.push(share);
  const asked = { method: 'PUT', path: '/verification/pictures/face', file: new Blob(['x']) } as const;
  const arrival = uploadFile(
    { ...asked, csrfToken: 'token', onProgress, signal: stop.signal },
    wire as unknown as XMLHttpRequest,
  );
  return { wire, shares, stop, arrival };
}

test('a file goes with the token of the page and tells how far it is', async () => {
  const { wire, shares, arrival } = sending();
  wire.answer(200, '{"level": 0}');
  expect(await arrival).toEqual({ level: 0 });
  expect(wire.sent).toEqual([['PUT', '/api/account/verification/pictures/face']]);
  expect(wire.headers).toEqual({ 'x-csrf-token': 'token' });
  expect(shares).toEqual([0.75]);
});

test('a refusal has its remedy', async () => {
  const { wire, arrival } = sending();
  wire.answer(422, '{"code": "picture_dark", "message": "Too dark.", "remedy": "Use a lamp."}');
  await expect(arrival).rejects.toMatchObject({ code: 'picture_dark', remedy: 'Use a lamp.', status: 422 });
});

test.each([
  ['a cut', ({ wire }: ReturnType<typeof sending>) => wire.onerror?.()],
  ['a stop by the person', ({ stop }: ReturnType<typeof sending>) => stop.abort()],
  ['an answer that is none', ({ wire }: ReturnType<typeof sending>) => wire.answer(200, '<html>')],
])('after %s nobody knows whether it arrived', async (_, end) => {
  const sent = sending();
  end(sent);
  await expect(sent.arrival).rejects.toThrow(UnreachableError);
});
