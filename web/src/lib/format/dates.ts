/** Moments in the person's own time zone and manner of writing. */
import { UNKNOWN } from './numbers';

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const known = formatters.get(locale + name);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  formatters.set(locale + name, made);
  return made;
}

/** Hours, minutes and seconds. */
export function formatTime(locale: string, timeMs: number): string {
  if (!timeMs) return UNKNOWN;
  return formatter(locale, 'time', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(
    timeMs,
  );
}

/** Day and time, to the second. */
export function formatMoment(locale: string, timeMs: number): string {
  if (!timeMs) return UNKNOWN;
  return formatter(locale, 'moment', {
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(timeMs);
}

/** A day. */
export function formatDay(locale: string, timeMs: number): string {
  if (!timeMs) return UNKNOWN;
  return formatter(locale, 'day', { year: 'numeric', month: 'short', day: 'numeric' }).format(timeMs);
}

/** How long something lasts still: `07:59:30`. */
export function formatCountdown(leftMs: number): string {
  const seconds = Math.max(0, Math.floor(leftMs / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
