/** A customer as staff see one: masked, by parts, each for who may see it. */
import { RefusedError } from '$lib/api/errors';
import type { AuditEntry } from '$lib/model/staff';
import { Remote } from '../remote.svelte';
import { desk } from './desk.svelte';

export interface Person {
  user_id: number;
  uid: string;
  state: string;
  residence: string;
  kyc_level: number;
  email: string;
  phone: string;
  factors: string[];
  created_ms: number;
  last_active_ms: number;
  password_changed_ms: number;
}

export interface Right {
  capability: string;
  effect: 'allow' | 'limit' | 'deny';
  limit: number | null;
  unit: string;
  reason: string;
  sentence: string;
  rule: string;
  version: string;
}

export interface Hold {
  hold_id: number;
  kind: string;
  currency: string;
  from_ms: number;
  until_ms: number | null;
  reason: string;
  releasable_by: string[];
}

export interface Restriction {
  restriction_id: number;
  kind: string;
  closes: string[];
  reason: string;
  placed_ms: number;
  until_ms: number | null;
}

export interface Device {
  device_id: string;
  name: string;
  place: string;
  address: string;
  last_seen_ms: number;
}

export interface PersonSession {
  device_id: number;
  created_ms: number;
  last_seen_ms: number;
  ended_ms: number | null;
  end_reason: string;
}

export interface Explanation {
  user_id: number;
  at_ms: number;
  until_ms: number | null;
  rules_version: string;
  entity: string;
  residence: string;
  kyc_level: number;
  decision: Right;
  objections: Right[];
  sources: { rule: string; about: string; version: string; source: string }[];
}

export interface Standing {
  person: Person;
  rights: Right[] | null;
  holds: Hold[] | null;
  restrictions: Restriction[] | null;
  devices: Device[] | null;
  sessions: PersonSession[] | null;
  log: AuditEntry[] | null;
}

class PersonStore extends Remote<Standing> {
  #user = '';

  open(user: string): Promise<void> {
    if (user !== this.#user) this.clear();
    this.#user = user;
    return this.reload();
  }

  reload(): Promise<void> {
    return this.load(() => this.#look(this.#user));
  }

  /** Do something about the person, then look again. */
  async act<Value>(what: string, body: unknown): Promise<Value> {
    const answer = await desk.act<Value>(`/people/${this.#user}/${what}`, body);
    await this.reload();
    return answer;
  }

  async #look(user: string): Promise<Standing> {
    const person = await desk.get<Person>(`/people/${user}`);
    const below = <Value>(part: string) => orNothing(desk.get<Value>(`/people/${user}/${part}`));
    const [rights, holds, restrictions, devices, sessions, log] = await Promise.all([
      below<Right[]>('rights'),
      below<Hold[]>('holds'),
      below<Restriction[]>('restrictions'),
      below<Device[]>('devices'),
      below<PersonSession[]>('sessions'),
      desk.may('audit.read')
        ? orNothing(desk.get<AuditEntry[]>('/house/audit', { subject: `user:${user}`, limit: 20 }))
        : null,
    ]);
    return { person, rights, holds, restrictions, devices, sessions, log };
  }
}

class Explorer extends Remote<Explanation> {
  explain(user: string, capability: string, place: string): Promise<void> {
    return this.load(() => desk.get<Explanation>(`/people/${user}/rights/${capability}`, place ? { place } : {}));
  }
}

/** What a part answers, `null` for a part that none of the roles may see. */
async function orNothing<Value>(asked: Promise<Value>): Promise<Value | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'not_permitted') return null;
    throw error;
  }
}

/** The person of that contact or user id. Raises `RefusedError`. */
export function findPerson(text: string): Promise<Person> {
  return desk.act<Person>('/people/search', { text });
}

export const person = new PersonStore();
export const explorer = new Explorer();
