/** The account API and that of staff: people, their sessions and rights. Signed by a cookie that scripts cannot read. */
import { RefusedError } from './errors';
import { type Fetch, type Query, ask, askFile, isRecord, withQuery } from './http';

export class AccountClient {
  /** Proves that a request comes from our own page; told by sign-in and by `/me`. Kept in memory only. */
  csrfToken = '';
  readonly #fetch: Fetch;
  readonly #below: string;

  /** `below` is where the API begins. */
  constructor(fetcher: Fetch = (input, init) => fetch(input, init), below = '/api/account') {
    this.#fetch = fetcher;
    this.#below = below;
  }

  /** `path` begins after `/api/account`. Raises `RefusedError` and `UnreachableError`. */
  async get<Value>(path: string, query: Query = {}): Promise<Value> {
    return this.#call<Value>('GET', withQuery(`${this.#below}${path}`, query));
  }

  /** POST, PUT, PATCH or DELETE; a form with files and a file go as they are, anything else as JSON. */
  async send<Value>(method: string, path: string, body?: unknown): Promise<Value> {
    return this.#call<Value>(method, `${this.#below}${path}`, body);
  }

  /** POST that is answered with a file. Raises as the others do. */
  async fetchFile(path: string, body: unknown): Promise<Blob> {
    const answer = await askFile(this.#fetch, `${this.#below}${path}`, this.#request('POST', body));
    if (answer.status >= 400) throw refusalOf(answer.body, answer.status);
    return answer.file;
  }

  async #call<Value>(method: string, target: string, body?: unknown): Promise<Value> {
    const answer = await ask(this.#fetch, target, this.#request(method, body));
    if (isRecord(answer.body) && typeof answer.body.csrf_token === 'string') this.csrfToken = answer.body.csrf_token;
    if (answer.status >= 400) throw refusalOf(answer.body, answer.status);
    return answer.body as Value;
  }

  #request(method: string, body: unknown): RequestInit {
    const headers: Record<string, string> = {};
    if (method !== 'GET' && this.csrfToken) headers['x-csrf-token'] = this.csrfToken;
    const init: RequestInit = { method, headers };
    if (body instanceof FormData || body instanceof Blob) init.body = body;
    else if (body !== undefined) {
      init.body = JSON.stringify(body);
      headers['content-type'] = 'application/json';
    }
    return init;
  }
}

/** What an answer of the account API says against a request. */
export function refusalOf(body: unknown, status: number): RefusedError {
  const found = isRecord(body) ? body : {};
  const told = (name: string) => (typeof found[name] === 'string' ? found[name] : '');
  return new RefusedError(told('code'), told('message') || `HTTP ${status}`, told('remedy'), status);
}
