/** What staff look at, each asked for when it is opened: every look leaves an entry in the log, so nothing asks by itself. */
import type { AuditEntry, Case, Proposal, Queue, QueuedCase } from '$lib/model/staff';
import { Remote } from '../remote.svelte';
import { desk } from './desk.svelte';

const CASES_MAX = 100;
const PAGE = 100;

export interface Queues {
  queues: Queue[];
  cases: QueuedCase[];
}

export interface Proposed {
  waiting: Proposal[];
  own: Proposal[];
}

class QueuesStore extends Remote<Queues> {
  kind = $state('');
  inState = $state('');

  hasMore = $state(false);

  reload(): Promise<void> {
    return this.load(async () => {
      const [queues, cases] = await Promise.all([desk.get<Queue[]>('/queues'), this.#page()]);
      return { queues, cases };
    });
  }

  /** Cases that are due later than the last one shown. */
  async more(): Promise<void> {
    const known = this.value;
    if (known) this.set({ ...known, cases: [...known.cases, ...(await this.#page(known.cases.at(-1)))] });
  }

  async #page(after?: QueuedCase): Promise<QueuedCase[]> {
    const found = await desk.get<QueuedCase[]>('/cases', {
      kind: this.kind,
      limit: CASES_MAX,
      in_state: this.inState || undefined,
      after_due_ms: after?.due_ms,
      after_case: after?.case,
    });
    this.hasMore = found.length === CASES_MAX;
    return found;
  }
}

class CaseStore extends Remote<Case> {
  #number = '';

  open(number: string): Promise<void> {
    if (number !== this.#number) this.clear();
    this.#number = number;
    return this.reload();
  }

  reload(): Promise<void> {
    return this.load(() => desk.get<Case>(`/cases/${this.#number}`));
  }

  /** Do something with the case, then look at it again. */
  async act(what: string, body: unknown = {}): Promise<unknown> {
    const answer = await desk.act(`/cases/${this.#number}/${what}`, body);
    await this.reload();
    return answer;
  }
}

class ProposalsStore extends Remote<Proposed> {
  /** Of which list there may be more than is shown. */
  hasMore = $state({ waiting: false, own: false });

  reload(): Promise<void> {
    return this.load(async () => {
      const [waiting, own] = await Promise.all([this.#page('waiting'), this.#page('own')]);
      return { waiting, own };
    });
  }

  /** What was proposed after the last that waits, or before the last of one's own. */
  async more(list: keyof Proposed): Promise<void> {
    const known = this.value;
    if (!known) return;
    const next = await this.#page(list, known[list].at(-1)?.proposal);
    this.set({ ...known, [list]: [...known[list], ...next] });
  }

  async #page(list: keyof Proposed, from?: number): Promise<Proposal[]> {
    const [path, edge] = list === 'own' ? ['/proposals/own', 'before'] : ['/proposals', 'after'];
    const found = await desk.get<Proposal[]>(path, { limit: PAGE, [edge]: from });
    this.hasMore[list] = found.length === PAGE;
    return found;
  }

  async answer(proposal: number, answer: 'approve' | 'refuse', body: unknown = {}): Promise<void> {
    await desk.act(`/proposals/${String(proposal)}/${answer}`, body);
    await this.reload();
  }
}

export interface ActRule {
  act: string;
  about: string;
  propose: string[];
  approve: string[];
  alone: string[];
  values: string[];
  is_offered: boolean;
}

class RulesStore extends Remote<ActRule[]> {
  /** The acts that may be proposed; they change with a new release only. */
  async once(): Promise<void> {
    if (this.status === 'ready') return;
    await this.load(async () => (await desk.get<{ acts: ActRule[] }>('/house/rules')).acts);
  }
}

export interface Colleague {
  user_id: number;
  roles: string[];
}

class ColleaguesStore extends Remote<Colleague[]> {
  /** Everybody else of staff; asked for by whoever may know. */
  once(): Promise<void> {
    if (this.status === 'ready' || !desk.may('staff.read')) return Promise.resolve();
    return this.load(async () => {
      const all = await desk.get<Colleague[]>('/house/members');
      return all.filter((one) => one.user_id !== desk.me?.user_id);
    });
  }
}

export interface Chain {
  entries: number;
  digest: string;
  broken: number | null;
  problem: string;
}

export interface Sought {
  subject: string;
  actor: string;
  action: string;
}

const EXPORT_MAX = 5_000;

class AuditStore extends Remote<AuditEntry[]> {
  readonly chain = new Remote<Chain>();
  hasMore = $state(false);
  #sought: Sought = { subject: '', actor: '', action: '' };

  search(sought: Sought): Promise<void> {
    this.#sought = sought;
    return this.load(() => this.#page(0));
  }

  async more(): Promise<void> {
    const before = this.value ?? [];
    const next = await this.#page(before.at(-1)?.sequence ?? 0);
    this.set([...before, ...next]);
  }

  verify(): Promise<void> {
    return this.chain.load(() => desk.get<Chain>('/house/audit/verification'));
  }

  /** All that is sought, `EXPORT_MAX` entries at most. */
  async all(): Promise<AuditEntry[]> {
    const found: AuditEntry[] = [];
    while (found.length < EXPORT_MAX) {
      const next = await this.#ask(found.at(-1)?.sequence ?? 0);
      found.push(...next);
      if (next.length < PAGE) break;
    }
    return found;
  }

  async #page(before: number): Promise<AuditEntry[]> {
    const found = await this.#ask(before);
    this.hasMore = found.length === PAGE;
    return found;
  }

  #ask(before: number): Promise<AuditEntry[]> {
    return desk.get<AuditEntry[]>('/house/audit', { ...this.#sought, before, limit: PAGE });
  }
}

export const queues = new QueuesStore();
export const caseStore = new CaseStore();
export const proposals = new ProposalsStore();
export const rules = new RulesStore();
export const colleagues = new ColleaguesStore();
export const audit = new AuditStore();
