/** E-mail addresses and phone numbers as people type them; the exchange decides what is one. */

export type ContactKind = 'email' | 'phone';

/** What `text` looks like; `null` while it is neither. */
export function contactKind(text: string): ContactKind | null {
  const trimmed = text.trim();
  if (/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/u.test(trimmed)) return 'email';
  return /^\+\d{7,15}$/u.test(trimmed.replace(/[\s().-]/gu, '')) ? 'phone' : null;
}

/** What stands before the @, or the digits: what a password must not be made of. */
export function namesIn(contact: string): string[] {
  const trimmed = contact.trim();
  return [trimmed, trimmed.split('@')[0] ?? ''].filter((one) => one.length > 2);
}
