/** What the checks say, as tones: what people see before they read. */

export type Verdict = 'genuine' | 'suspicious' | 'fake' | 'unrelated';
export type Grade = 'good' | 'note' | 'bad';
export type Tone = 'good' | 'warn' | 'bad';

/** Mails as mail programs save them are no larger. */
export const MAIL_BYTES_MAX = 10 * 1024 * 1024;

const VERDICTS: Record<Verdict, Tone> = { genuine: 'good', suspicious: 'warn', fake: 'bad', unrelated: 'warn' };
const STANDINGS: Readonly<Record<string, Tone>> = { official: 'good', look_alike: 'bad', not_official: 'warn' };
const GRADES: Record<Grade, Tone> = { good: 'good', note: 'warn', bad: 'bad' };
const WORST: readonly Grade[] = ['bad', 'note', 'good'];

export const toneOfVerdict = (verdict: Verdict): Tone => VERDICTS[verdict];
/** Of what this page has never heard of it is better to be wary. */
export const toneOfStanding = (standing: string): Tone => STANDINGS[standing] ?? 'warn';
export const toneOfGrade = (grade: Grade): Tone => GRADES[grade];

/** What was found, what speaks against the mail first. */
export function worstFirst<Found extends { grade: Grade }>(findings: readonly Found[]): Found[] {
  return [...findings].sort((one, other) => WORST.indexOf(one.grade) - WORST.indexOf(other.grade));
}

/** Whether a file can be a saved mail; what is wrong with it otherwise. */
export function wrongWithMail(name: string, size: number): 'type' | 'size' | '' {
  if (!/\.(eml|txt)$/iu.test(name)) return 'type';
  return size > 0 && size <= MAIL_BYTES_MAX ? '' : 'size';
}
