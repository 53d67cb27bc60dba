/** The trading API, typed by the exchange's own description of it (`generated/v5.d.ts`, from OpenAPI). */
import { RefusedError } from './errors';
import type { paths } from './generated/v5';
import { type Fetch, type Query, ask, isRecord, withQuery } from './http';
import { type TradingKey, signedHeaders } from './signing';

type JsonOf<T> = T extends { responses: { 200: { content: { 'application/json': infer Body } } } } ? Body : never;
type DataOf<T> = JsonOf<T> extends { data: infer Data } ? Data : JsonOf<T> extends { data?: infer Data } ? Data : never;
type RowOf<T> = DataOf<T> extends (infer Row)[] ? Row : DataOf<T>;

type With<Method extends 'get' | 'post'> = {
  [Path in keyof paths]: paths[Path] extends Record<Method, { responses: unknown }> ? Path : never;
}[keyof paths];
export type GetPath = With<'get'>;
export type PostPath = With<'post'>;
export type Got<Path extends GetPath> = RowOf<paths[Path]['get']>;
export type Posted<Path extends PostPath> = RowOf<paths[Path]['post']>;

/** The code of too many requests; questions are asked once more after a while, orders never. */
const TOO_MANY = '50011';
const WAIT_MS = 1_000;
/** Codes that say that a key is of no use any longer. */
const KEY_CODES = new Set(['50105', '50110', '50111', '50113', '50114', '50119']);

export class V5Client {
  /** Signs what needs it; `null` while nobody is signed in. */
  key: TradingKey | null = null;
  /** Asked for another key when the exchange does not take this one any longer. */
  renew: (() => Promise<TradingKey | null>) | null = null;

  readonly #fetch: Fetch;
  readonly #now: () => number;

  constructor(fetcher: Fetch = (input, init) => fetch(input, init), now: () => number = Date.now) {
    this.#fetch = fetcher;
    this.#now = now;
  }

  /** The rows of a public answer. Raises `RefusedError` and `UnreachableError`, as all of these do. */
  async get<Path extends GetPath>(path: Path, query: Query = {}): Promise<Got<Path>[]> {
    return (await this.#rows('GET', withQuery(path, query), '', null)) as Got<Path>[];
  }

  /** The rows of an answer for the account that is signed in. */
  async getSigned<Path extends GetPath>(path: Path, query: Query = {}): Promise<Got<Path>[]> {
    return (await this.#signed('GET', withQuery(path, query), '')) as Got<Path>[];
  }

  /** Have something done. A row that says it was refused raises `RefusedError`, too. */
  async post<Path extends PostPath>(path: Path, body: unknown): Promise<Posted<Path>[]> {
    return (await this.#signed('POST', path, JSON.stringify(body))) as Posted<Path>[];
  }

  async #signed(method: string, target: string, body: string): Promise<unknown[]> {
    const { key } = this;
    if (!key) throw new RefusedError('50103', 'Nobody is signed in.');
    try {
      return await this.#rows(method, target, body, key);
    } catch (error) {
      const renewed = error instanceof RefusedError && KEY_CODES.has(error.code) ? await this.renew?.() : null;
      if (!renewed) throw error;
      this.key = renewed;
      return this.#rows(method, target, body, renewed);
    }
  }

  async #rows(method: string, target: string, body: string, key: TradingKey | null): Promise<unknown[]> {
    try {
      return await this.#asked(method, target, body, key);
    } catch (error) {
      if (method !== 'GET' || !(error instanceof RefusedError) || error.code !== TOO_MANY) throw error;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      return this.#asked(method, target, body, key);
    }
  }

  async #asked(method: string, target: string, body: string, key: TradingKey | null): Promise<unknown[]> {
    const headers: Record<string, string> = key ? signedHeaders(key, this.#now(), method, target, body) : {};
    if (body) headers['content-type'] = 'application/json';
    const answer = await ask(this.#fetch, target, { method, headers, ...(body ? { body } : {}) });
    return rowsOf(answer.body, answer.status);
  }
}

/** The rows in an envelope. Raises `RefusedError`. */
export function rowsOf(body: unknown, status: number): unknown[] {
  if (!isRecord(body) || typeof body.code !== 'string') throw new RefusedError('', `HTTP ${status}`, '', status);
  const rows = Array.isArray(body.data) ? body.data : [body.data];
  const refused = rows.find((row) => isRecord(row) && typeof row.sCode === 'string' && row.sCode !== '0');
  if (isRecord(refused)) throw new RefusedError(String(refused.sCode), String(refused.sMsg ?? ''), '', status);
  if (body.code !== '0') throw new RefusedError(body.code, String(body.msg ?? ''), '', status);
  return rows;
}
