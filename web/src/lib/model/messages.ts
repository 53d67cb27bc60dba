/** What stands in a message that matters to whoever tries things out: codes to copy, links to follow. */

export type Piece = Readonly<{ kind: 'text' | 'code' | 'link'; text: string }>;

/** An address ends before the sign that ends its sentence. A code is six to eight digits that belong to no longer word. */
const FOUND = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]]|(?<![\w+./-])\d{6,8}(?![\w/-])(?!\.\d)/g;

/** `text` in pieces, in order; together they are the whole of it. */
export function pieces(text: string): Piece[] {
  const made: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(FOUND)) {
    if (match.index > at) made.push({ kind: 'text', text: text.slice(at, match.index) });
    made.push({ kind: match[0].startsWith('http') ? 'link' : 'code', text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < text.length) made.push({ kind: 'text', text: text.slice(at) });
  return made;
}

/** Each code and each link once, in the order they come. */
export function finds(text: string): Piece[] {
  const found = pieces(text).filter((piece) => piece.kind !== 'text');
  return found.filter((piece, at) => found.findIndex((other) => other.text === piece.text) === at);
}

export interface Message {
  channel: string;
  to: string;
  subject: string;
  text: string;
  timeMs: number;
}

/** The message in a row of the outbox. */
export function messageOf(row: Readonly<Record<string, unknown>>): Message {
  const text = (name: string): string => (typeof row[name] === 'string' ? row[name] : '');
  return {
    channel: text('channel'),
    to: text('to'),
    subject: text('subject'),
    text: text('text'),
    timeMs: Number(row.time_ms ?? 0),
  };
}
