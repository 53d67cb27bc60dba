/** How long something is, in the largest unit that says enough. */
const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** `3 days`, `5 hours`, `12 minutes`, `40 seconds`: short, and cut off rather than rounded up. */
export function formatSpan(locale: string, ms: number): string {
  const [unit, size] = UNITS.find(([, one]) => Math.abs(ms) >= one) ?? (['second', 1_000] as const);
  const count = Math.trunc(Math.abs(ms) / size);
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count);
}

/** Microseconds as people read them: `0.5 ms`, `2.5 s`. */
export function formatMicros(locale: string, micros: number): string {
  const [unit, size] = micros >= 1_000_000 ? (['second', 1_000_000] as const) : (['millisecond', 1_000] as const);
  const options = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale, options).format(micros / size);
}
