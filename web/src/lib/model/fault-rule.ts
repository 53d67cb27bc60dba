/** The rule of a fault as it is written on the bench: what a kind can strike, and what is sent of it. */
import { big, isDecimal } from './decimals';

export const KINDS = ['reject', 'error', 'latency', 'drop', 'half_open', 'stall', 'gap', 'outage'] as const;
export type FaultKind = (typeof KINDS)[number];
export type Target = 'operation' | 'channel' | 'any';

/** What each kind may name; the first is offered. Kinds of pushes strike no operation, and the others no channel. */
export const TARGETS: Record<FaultKind, readonly Target[]> = {
  reject: ['operation'],
  error: ['operation'],
  latency: ['operation', 'channel'],
  drop: ['operation', 'channel'],
  half_open: ['operation', 'channel'],
  stall: ['channel'],
  gap: ['channel'],
  outage: ['operation'],
};
const WITH_CODE: readonly FaultKind[] = ['reject', 'error', 'outage'];
const WITH_DELAY: readonly FaultKind[] = ['latency', 'stall'];

export const hasCode = (kind: FaultKind): boolean => WITH_CODE.includes(kind);
export const hasDelay = (kind: FaultKind): boolean => WITH_DELAY.includes(kind);

/** Everything as it was typed; what is empty is not sent. */
export interface FaultDraft {
  name: string;
  kind: FaultKind;
  operation: string;
  channel: string;
  instrument: string;
  account: string;
  endpoint: string;
  code: string;
  delayMs: string;
  /** In percent of what matches. */
  percent: string;
  countMax: string;
  /** Seconds of exchange time. */
  forSeconds: string;
  /** Whether the operation is carried out before the trouble comes. */
  after: boolean;
}

export const NEW_FAULT: FaultDraft = {
  name: '',
  kind: 'reject',
  operation: '',
  channel: '',
  instrument: '',
  account: '',
  endpoint: '',
  code: '',
  delayMs: '',
  percent: '100',
  countMax: '',
  forSeconds: '',
  after: false,
};

/** Bad days that people ask for, ready to be added. */
export const PRESETS = {
  rejected: { kind: 'reject', operation: 'order', code: '51008' },
  limited: { kind: 'error', operation: 'GET *', code: '50011', percent: '10' },
  slow: { kind: 'latency', delayMs: '800' },
  unknown: { kind: 'drop', operation: 'order', percent: '25', after: true },
  gaps: { kind: 'gap', channel: 'books*', percent: '2' },
  outage: { kind: 'outage', endpoint: 'private', forSeconds: '30' },
} as const satisfies Record<string, Partial<FaultDraft>>;
export type Preset = keyof typeof PRESETS;

export type FaultProblem = 'percent' | 'delay' | 'code' | 'count' | 'time';

const isCount = (text: string): boolean => /^[1-9]\d{0,6}$/.test(text);

/** What is wrong with it, as far as can be seen here; the exchange has the last word. */
export function faultProblems(draft: FaultDraft): FaultProblem[] {
  const { percent, delayMs, code, countMax, forSeconds, kind } = draft;
  const found: FaultProblem[] = [];
  if (!isDecimal(percent) || big(percent).lte(0) || big(percent).gt(100)) found.push('percent');
  if (hasDelay(kind) && !isCount(delayMs)) found.push('delay');
  if (hasCode(kind) && code !== '' && !/^\d{5}$/.test(code)) found.push('code');
  if (countMax !== '' && !isCount(countMax)) found.push('count');
  if (forSeconds !== '' && !isCount(forSeconds)) found.push('time');
  return found;
}

/** The body of `POST /sandbox/faults`. */
export function faultBody(draft: FaultDraft): Record<string, string> {
  const { kind } = draft;
  const targets = TARGETS[kind];
  const channel = targets.includes('channel') ? draft.channel.trim() : '';
  const body: Record<string, string> = {
    rule: draft.name.trim(),
    kind,
    channel,
    operation: targets.includes('operation') && !channel ? draft.operation.trim() : '',
    instrument: draft.instrument,
    account: draft.account,
    endpoint: draft.endpoint,
    code: hasCode(kind) ? draft.code : '',
    delay_ms: hasDelay(kind) ? draft.delayMs : '',
    probability: big(draft.percent).eq(100) ? '' : big(draft.percent).div(100).round(6).toFixed(),
    count_max: draft.countMax,
    for_ms: draft.forSeconds && big(draft.forSeconds).times(1000).toFixed(),
    after: draft.after && !channel ? 'true' : '',
  };
  return Object.fromEntries(Object.entries(body).filter(([, text]) => text !== ''));
}

export type FaultRow = Readonly<Record<string, string>>;

/** Whom and what a rule strikes, in the words of the API: `order · BTC-USDT · private`. */
export function targetText(rule: FaultRow): string {
  return [rule.operation, rule.channel, rule.instrument, rule.endpoint, rule.account].filter(Boolean).join(' · ');
}
