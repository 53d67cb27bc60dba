/** What staff see, as the staff API tells it, and what can be said of it without asking again. */
import Big from 'big.js';

export interface Member {
  user_id: number;
  roles: string[];
  may: string[];
  signed_in_ms: number;
  confirmed_ms: number;
  time_ms: number;
}

export interface Queue {
  kind: string;
  about: string;
  pending: number;
  unassigned: number;
  overdue: number;
  mine: number;
  decisions: string[];
  four_eyes: string[];
}

export type CaseState = 'open' | 'assigned' | 'waiting_for_customer' | 'decided' | 'closed';

export interface QueuedCase {
  case: number;
  kind: string;
  user_id: number;
  state: CaseState;
  opened_ms: number;
  due_ms: number;
  assignee: number | null;
  proposal: number | null;
}

export interface CaseNote {
  author: string;
  time_ms: number;
  kind: 'note' | 'question' | 'answer';
  text: string;
}

export interface Case extends QueuedCase {
  summary: string;
  evidence: string[];
  notes: CaseNote[];
  decisions: string[];
  decision: string;
  reason: string;
  decided_by: number | null;
  decided_ms: number | null;
}

export interface Proposal {
  proposal: number;
  act: string;
  user_id: number | null;
  reference: string;
  values: Record<string, string>;
  reason: string;
  state: 'waiting' | 'approved' | 'refused' | 'expired';
  proposed_by: number;
  proposed_ms: number;
  expires_ms: number;
  answered_by: number | null;
  answered_ms: number | null;
}

export interface AuditEntry {
  sequence: number;
  time_ms: number;
  actor: string;
  action: string;
  subject: string;
  reference: string;
  detail: Record<string, string>;
  digest: string;
}

export type Holder = 'all' | 'mine' | 'nobody';

/** The cases of a list that somebody wants to see. */
export function sought<Row extends QueuedCase>(rows: readonly Row[], holder: Holder, late: boolean, of: Here): Row[] {
  return rows.filter(
    (row) =>
      (holder === 'all' || row.assignee === (holder === 'mine' ? of.userId : null)) && (!late || isLate(row, of.nowMs)),
  );
}

/** Who looks, and when. */
export interface Here {
  userId: number;
  nowMs: number;
}

/** Whether a case should have been decided; while a customer is asked, its time stands still. */
export function isLate(row: QueuedCase, nowMs: number): boolean {
  return (row.state === 'open' || row.state === 'assigned') && row.due_ms <= nowMs;
}

/** Which row of `count` a key leads to from `at` (-1: none); `null` for a key that leads nowhere. */
export function rowAfter(key: string, at: number, count: number): number | null {
  if (count === 0) return null;
  const steps: Record<string, number> = { j: at + 1, ArrowDown: at + 1, k: at - 1, ArrowUp: at - 1 };
  const wanted = steps[key];
  return wanted === undefined ? null : Math.min(count - 1, Math.max(0, wanted));
}

/** How often something happened a second between two counts; '' before there are two. */
export function perSecond(before: number | undefined, now: number, seconds: number): string {
  if (before === undefined || seconds <= 0 || now < before) return '';
  return new Big(now - before).div(seconds).toFixed(1);
}

const CSV_HEAD = ['sequence', 'time_ms', 'actor', 'action', 'subject', 'reference', 'detail', 'digest'] as const;

/** Entries of the log as a table for other programs (RFC 4180); no cell can pass for a formula. */
export function csvOf(entries: readonly AuditEntry[]): string {
  const lines = entries.map((entry) =>
    CSV_HEAD.map((name) => cell(name === 'detail' ? JSON.stringify(entry.detail) : String(entry[name]))).join(','),
  );
  return [CSV_HEAD.join(','), ...lines].join('\r\n') + '\r\n';
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Points of a line through `values`, in a box of `width` by `height`; what does not change runs through its middle. */
export function lineThrough(values: readonly string[], width: number, height: number): string {
  const numbers = values.map(Number);
  const least = Math.min(...numbers);
  const range = Math.max(...numbers) - least;
  const heightOf = (value: number) => (range ? height - ((value - least) / range) * height : height / 2);
  const step = numbers.length > 1 ? width / (numbers.length - 1) : 0;
  return numbers.map((value, at) => `${(at * step).toFixed(1)},${heightOf(value).toFixed(1)}`).join(' ');
}
