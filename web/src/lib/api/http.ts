/** One request and its JSON answer; the three clients differ only in how errors are written. */
import { UnreachableError } from './errors';

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;
export type Query = Readonly<Record<string, string | number | undefined>>;

export interface Answer {
  status: number;
  body: unknown;
}

/** Ask and read. Raises `UnreachableError` when nothing comes or what comes is no JSON. */
export async function ask(fetcher: Fetch, target: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetcher(target, { credentials: 'same-origin', cache: 'no-store', ...init });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  } catch (error) {
    throw new UnreachableError(error instanceof Error ? error.message : 'no answer');
  }
}

/** Ask for a file; what is no file is a refusal, as JSON. Raises `UnreachableError`. */
export async function askFile(fetcher: Fetch, target: string, init: RequestInit): Promise<Answer & { file: Blob }> {
  try {
    const response = await fetcher(target, { credentials: 'same-origin', cache: 'no-store', ...init });
    const file = await response.blob();
    return { status: response.status, file, body: response.ok ? null : JSON.parse(await file.text()) };
  } catch (error) {
    throw new UnreachableError(error instanceof Error ? error.message : 'no answer');
  }
}

/** `path` with a query of what is given. */
export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length ? `${path}?${new URLSearchParams(given).toString()}` : path;
}

/** Whether `value` is an object whose fields can be asked for. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
