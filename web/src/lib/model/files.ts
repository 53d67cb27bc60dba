/** Files before they are sent: what they are by their first bytes, not by their name, and whether they are taken. */

export type FileKind = 'jpeg' | 'png' | 'webp' | 'pdf';
export type FileProblem = '' | 'empty' | 'too_large' | 'type';

export interface FileRules {
  kinds: readonly FileKind[];
  bytesMax: number;
}

/** How many bytes at the beginning tell what a file is. */
export const HEAD_BYTES = 12;
export const PICTURES: readonly FileKind[] = ['jpeg', 'png', 'webp'];
export const PAPERS: readonly FileKind[] = ['pdf', 'jpeg', 'png'];

const MEDIA_TYPES: Readonly<Record<FileKind, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  pdf: 'application/pdf',
};

/** What a file is, `''` for anything that is not taken anywhere. */
export function fileKind(head: Uint8Array): FileKind | '' {
  const text = String.fromCharCode(...head.slice(0, HEAD_BYTES));
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('%PDF-')) return 'pdf';
  return text.startsWith('RIFF') && text.slice(8) === 'WEBP' ? 'webp' : '';
}

/** What is wrong with a file of `size` bytes that begins with `head`. */
export function fileProblem(size: number, head: Uint8Array, { kinds, bytesMax }: FileRules): FileProblem {
  if (size === 0) return 'empty';
  const kind = fileKind(head);
  if (!kind || !kinds.includes(kind)) return 'type';
  return size > bytesMax ? 'too_large' : '';
}

/** For the choice of files: `image/jpeg,image/png`. */
export function acceptOf(kinds: readonly FileKind[]): string {
  return kinds.map((kind) => MEDIA_TYPES[kind]).join(',');
}

/** `JPEG, PNG, PDF`. */
export function kindNames(kinds: readonly FileKind[]): string {
  return kinds.map((kind) => (kind === 'webp' ? 'WebP' : kind.toUpperCase())).join(', ');
}

/** Whole megabytes, as limits are told; one byte below 20 MB is told as 20. */
export function megabytes(bytes: number): number {
  return Math.floor((bytes + 1) / 1_000_000);
}

/** The name of a file as it may be told: printable, no folders, not too long, its ending kept. */
export function paperName(name: string, lengthMax = 120): string {
  const plain = name.replace(/[\p{C}/\\]/gu, '').trim() || 'paper';
  if (plain.length <= lengthMax) return plain;
  const ending = /\.\w{1,8}$/u.exec(plain)?.[0] ?? '';
  return plain.slice(0, lengthMax - ending.length) + ending;
}
