/** The security checklist: what is missing, and which of it to do first. */

export interface ChecklistItem {
  name: string;
  done: boolean;
  required: boolean;
}

/** What keeps most harm away for the least effort comes first. */
const WORTH: readonly string[] = [
  'email',
  'phone',
  'authenticator',
  'passkey',
  'backup_codes',
  'anti_phishing_code',
  'only_listed_addresses',
  'emergency_contact',
];

function rankOf(item: ChecklistItem): number {
  const at = WORTH.indexOf(item.name);
  return (item.required ? 0 : WORTH.length + 1) + (at < 0 ? WORTH.length : at);
}

/** The items with what is missing first, and of that the next step first. */
export function inOrder(items: readonly ChecklistItem[]): ChecklistItem[] {
  return [...items].sort((one, other) => Number(one.done) - Number(other.done) || rankOf(one) - rankOf(other));
}

/** What to do next; `null` when nothing is missing. */
export function nextOf(items: readonly ChecklistItem[]): ChecklistItem | null {
  return inOrder(items).find((item) => !item.done) ?? null;
}

/** How many there are, and how many of them are in place. */
export function countOf(items: readonly ChecklistItem[]): { done: number; all: number } {
  return { done: items.filter((item) => item.done).length, all: items.length };
}
