/** Keys that do something in the terminal while nobody types. */

export const SHORTCUTS = {
  b: 'buy',
  s: 'sell',
  l: 'limit',
  m: 'market',
  t: 'trigger',
  p: 'price',
  q: 'size',
  '/': 'search',
  '1': 'open',
  '2': 'waiting',
  '3': 'positions',
  '4': 'ended',
  '5': 'fills',
  '6': 'bills',
  '7': 'assets',
  '?': 'help',
} as const;

export type ShortcutKey = keyof typeof SHORTCUTS;
export type Shortcut = (typeof SHORTCUTS)[ShortcutKey];

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** What a key is for; `null` where it is for something else: keys of the browser, or of what is being typed. */
export function shortcutOf({ key, ctrlKey, metaKey, altKey }: Pressed, isTyping: boolean): Shortcut | null {
  if (isTyping || ctrlKey || metaKey || altKey) return null;
  const name = key.toLowerCase();
  return Object.hasOwn(SHORTCUTS, name) ? SHORTCUTS[name as ShortcutKey] : null;
}
