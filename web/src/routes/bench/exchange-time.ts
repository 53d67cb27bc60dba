/** Moments of the exchange as the bench shows them: in UTC, as bots and journals have them. */

/** Hours to seconds. */
export function timeOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 19);
}

export function dayOf(locale: string, timeMs: number): string {
  const options = { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(locale, options).format(timeMs);
}

/** Day and time to the second. */
export function momentOf(locale: string, timeMs: number): string {
  const day = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(timeMs);
  return `${day} ${timeOf(timeMs)}`;
}
