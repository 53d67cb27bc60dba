/** A file on its way to the account API. Not by fetch, which cannot tell how much of it has arrived. */
import { refusalOf } from './account';
import { UnreachableError } from './errors';

export interface UploadRequest {
  method: 'POST' | 'PUT';
  /** Begins after `/api/account`. */
  path: string;
  file: Blob;
  csrfToken: string;
  /** How much has arrived, from 0 to 1. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
}

/** Send a file as the one field of a form. Raises `RefusedError`, and `UnreachableError` also when it was stopped. */
export function uploadFile<Value>(asked: UploadRequest, request = new XMLHttpRequest()): Promise<Value> {
  const { method, path, file, csrfToken, onProgress, signal } = asked;
  return new Promise((resolve, reject: (error: Error) => void) => {
    const lose = () => reject(new UnreachableError('the file did not arrive'));
    request.open(method, `/api/account${path}`);
    if (csrfToken) request.setRequestHeader('x-csrf-token', csrfToken);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onerror = request.onabort = request.ontimeout = lose;
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status >= 400) reject(refusalOf(body, request.status));
      else if (body === undefined) lose();
      else resolve(body as Value);
    };
    signal.addEventListener('abort', () => request.abort());
    const form = new FormData();
    form.append('file', file, 'file');
    request.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return undefined;
  }
}
