/** The clock of a sandbox, as its bench shows it: how long something is in words, and where a clock stands between answers. */

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** The longest leap at once, a year; as `POST /sandbox/clock` has it. */
export const LEAP_MAX_MS = 366 * 86_400_000;
const PARTS = /^(?:\d+(?:\.\d{1,3})?(?:ms|min|s|m|h|d|w))+$/;

/** How long `1h30m`, `45s`, `2d` or a bare number of seconds is; `null` for anything else, nothing, or more than a year. */
export function durationMs(typed: string): number | null {
  const text = typed.toLowerCase().replace(/\s+/g, '').replace(',', '.');
  const whole = /^\d+(\.\d{1,3})?$/.test(text) ? `${text}s` : text;
  if (!PARTS.test(whole)) return null;
  let sum = 0;
  for (const [, count = '0', unit = 's'] of whole.matchAll(/(\d+(?:\.\d+)?)(ms|min|[smhdw])/g))
    sum += Math.round(Number(count) * (UNITS[unit] ?? 0));
  return sum > 0 && sum <= LEAP_MAX_MS ? sum : null;
}

/** A span in its largest unit and the next below, where there is some of that: `1d 4h`, `30m`, `1.5s`. */
export function spanText(spanMs: number): string {
  if (spanMs < 60_000) return `${Math.round(spanMs / 100) / 10}s`;
  const names = ['d', 'h', 'm', 's'] as const;
  let left = Math.round(spanMs / 1_000) * 1_000;
  const counts = names.map((name) => {
    const unit = UNITS[name] ?? 1;
    const count = Math.floor(left / unit);
    left -= count * unit;
    return count;
  });
  const first = counts.findIndex((count) => count > 0);
  const parts = names.map((name, at) => (counts[at] && at <= first + 1 ? `${counts[at]}${name}` : ''));
  return parts.filter(Boolean).join(' ');
}

export type ClockState = 'running' | 'frozen' | 'moving';

export interface ClockRow {
  nowMs: number;
  /** As the exchange writes it; a number only where it is drawn. */
  speed: string;
  state: ClockState;
  /** Where it is on its way to; 0 when it is nowhere. */
  goalMs: number;
  machineMs: number;
  followsMachine: boolean;
}

/** The clock in a row of `/sandbox/clock`. */
export function clockOf(row: Readonly<Record<string, string>>): ClockRow {
  return {
    nowMs: Number(row.now_ms ?? 0),
    speed: row.speed ?? '1',
    state: (row.state ?? 'running') as ClockState,
    goalMs: Number(row.goal_ms || '0'),
    machineMs: Number(row.machine_ms ?? 0),
    followsMachine: row.follows_machine === 'true',
  };
}

/** What the clock says `sinceMs` after the answer came: only a running one goes on by itself. */
export function clockNow(clock: ClockRow, sinceMs: number): number {
  return clock.state === 'running' ? clock.nowMs + Math.max(0, sinceMs) * Number(clock.speed) : clock.nowMs;
}

/** How much of the way from `beginMs` to `endMs` is done, from 0 to 1. */
export function shareDone(beginMs: number, nowMs: number, endMs: number): number {
  if (endMs <= beginMs) return 1;
  return Math.min(1, Math.max(0, (nowMs - beginMs) / (endMs - beginMs)));
}
