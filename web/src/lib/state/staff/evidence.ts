/** Evidence of a case: values, or a file that strangers handed in and that never becomes a page of ours. */
import { refusalOf } from '$lib/api/account';
import { UnreachableError } from '$lib/api/errors';

const PICTURES: readonly string[] = ['image/jpeg', 'image/png'];

export interface Shown {
  name: string;
  /** What it says, for evidence that is values. */
  values: Record<string, string> | null;
  /** Where the bytes lie in this page's memory; whoever shows it revokes it. '' for values. */
  url: string;
  isPicture: boolean;
}

/** Look into a piece of evidence. Raises `RefusedError` and `UnreachableError`. */
export async function openEvidence(number: string, reference: string): Promise<Shown> {
  const target = `/api/staff/cases/${number}/evidence/${encodeURIComponent(reference)}`;
  const answer = await fetch(target, { credentials: 'same-origin', cache: 'no-store' }).catch((error: unknown) => {
    throw new UnreachableError(error instanceof Error ? error.message : 'no answer');
  });
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  if (type === 'application/json') {
    const told: unknown = await answer.json();
    if (!answer.ok) throw refusalOf(told, answer.status);
    return { name: reference, values: (told as { values: Record<string, string> }).values, url: '', isPicture: false };
  }
  const bytes = await answer.blob();
  const name = /filename="([\w.]+)"/u.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'evidence';
  return { name, values: null, url: URL.createObjectURL(bytes), isPicture: PICTURES.includes(type) };
}
