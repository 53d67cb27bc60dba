/** Notices that the exchange sent: which of them are worth a mark, and which belong together. */

interface Sent {
  time_ms: number;
  template: string;
}

/** Codes were asked for a moment before by the person themselves; anything else is news. */
export function isNews({ template }: Sent): boolean {
  return !template.endsWith('_code') && template !== 'code';
}

/** How much news came since `seenMs`. */
export function unseen(sent: readonly Sent[], seenMs: number): number {
  return sent.filter((one) => one.time_ms > seenMs && isNews(one)).length;
}

export interface Day<One extends Sent> {
  /** A moment of that day. */
  timeMs: number;
  sent: One[];
}

/** Newest first, by days as `dayOf` names them. */
export function byDay<One extends Sent>(sent: readonly One[], dayOf: (timeMs: number) => string): Day<One>[] {
  const days = new Map<string, Day<One>>();
  for (const one of sent) {
    const name = dayOf(one.time_ms);
    const day = days.get(name) ?? { timeMs: one.time_ms, sent: [] };
    day.sent.push(one);
    days.set(name, day);
  }
  return [...days.values()];
}
