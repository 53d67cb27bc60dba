/** How far the verification of a person is, and which step comes next. What is decided, the exchange decides. */

export type PartName = 'identity' | 'address';
export type PartState = 'locked' | 'open' | 'ready' | 'in_review' | 'refused' | 'verified';
export type Slot = 'document_front' | 'document_back' | 'face' | 'address_proof';

export interface Reason {
  code: string;
  message: string;
  remedy: string;
}

export interface Part {
  part: PartName;
  state: PartState;
  next_steps: readonly { step: string; sentence: string }[];
  failures: readonly Reason[];
  tries_left: number;
  next_try_ms: number | null;
  submitted_ms: number | null;
  valid_until_ms: number | null;
  /** Whether it holds and may be handed in anew, since it ends soon. */
  is_renewable: boolean;
}

export interface Choices {
  document_kinds: readonly string[];
  address_proof_kinds: readonly string[];
  occupations: readonly string[];
  income_sources: readonly string[];
  uses: readonly string[];
}

export interface VerificationState {
  level: number;
  parts: readonly Part[];
  uploads: readonly string[];
  choices: Choices;
  picture_bytes_max: number;
  age_min: number;
  liveness: 'reviewer' | 'local';
  liveness_sentence: string;
}

export interface Person {
  surname: string;
  given_names: string;
  birth_date: string;
  document_kind: string;
  document_country: string;
  document_number: string;
  document_expires: string;
  residence: string;
}

export interface Answers {
  occupation: string;
  income_source: string;
  uses: readonly string[];
}

export interface HomeAddress {
  street: string;
  postal_code: string;
  city: string;
  proof_kind: string;
  proof_date: string;
}

export interface Stated {
  person: Person | null;
  answers: Answers | null;
  address: HomeAddress | null;
}

export type StepName = 'consent' | 'person' | 'answers' | 'document' | 'face' | 'address' | 'address_proof' | 'submit';

export const STEPS: Readonly<Record<PartName, readonly StepName[]>> = {
  identity: ['consent', 'person', 'answers', 'document', 'face', 'submit'],
  address: ['consent', 'address', 'address_proof', 'submit'],
};

/** Kinds of documents of which both sides are wanted. */
const TWO_SIDED = new Set(['id_card', 'residence_permit', 'driving_license']);

/** Which pictures show a document of a kind. */
export function documentSlots(kind: string): Slot[] {
  return TWO_SIDED.has(kind) ? ['document_front', 'document_back'] : ['document_front'];
}

/** A part of the verification by its name. */
export function partOf(state: VerificationState, name: PartName): Part | undefined {
  return state.parts.find(({ part }) => part === name);
}

/** Whether something of it can be filled in and handed in now. */
export function isEditable({ state, is_renewable }: Part): boolean {
  return is_renewable || state === 'open' || state === 'ready' || state === 'refused';
}

/** The steps of a part that lack something, by the names that the exchange gives them. */
function lacking(part: Part): Set<StepName> {
  const told = part.next_steps.map(({ step }) => (step.startsWith('document_') ? 'document' : step));
  return new Set(told.filter((step) => step !== 'submit') as StepName[]);
}

/** The steps of a part that lack nothing. */
export function doneSteps(part: Part): Set<StepName> {
  const left = lacking(part);
  return new Set(STEPS[part.part].filter((step) => step !== 'submit' && !left.has(step)));
}

/** What ends: the document with the face that belongs to it, and where somebody lives. */
const RENEWED: Readonly<Record<PartName, readonly StepName[]>> = {
  identity: ['person', 'document', 'face'],
  address: ['address', 'address_proof'],
};

/** The steps at which the remedies of a refusal are done; of what is renewed, those that are to be gone through again. */
export function wrongSteps(part: Part): Set<StepName> {
  if (part.is_renewable) return new Set(RENEWED[part.part]);
  if (part.state !== 'refused') return new Set();
  return new Set(part.failures.flatMap(({ code }) => stepsOfFailure(part.part, code)));
}

/** The step to stand at: what is missing first, then what was refused and not `mended` since, then handing in. */
export function stepToTake(part: Part, mended: ReadonlySet<StepName> = new Set()): StepName {
  const left = lacking(part);
  const wrong = wrongSteps(part);
  const order = STEPS[part.part];
  const missing = order.find((step) => left.has(step));
  return missing ?? order.find((step) => wrong.has(step) && !mended.has(step)) ?? 'submit';
}

/** Where the remedy of each failure is done; those of other documents begin with stating them. */
const REMEDIES: Readonly<Record<PartName, Readonly<Record<string, readonly StepName[]>>>> = {
  identity: {
    face_differs: ['face'],
    name_differs: ['person'],
    birth_date_differs: ['person'],
    document_kind_differs: ['person'],
    document_country_differs: ['person'],
    document_number_differs: ['person'],
    document_expiry_differs: ['person'],
    document_expired: ['person', 'document'],
    document_in_use: ['person', 'document'],
    document_not_taken: ['person', 'document'],
    document_specimen: ['person', 'document'],
  },
  address: { address_differs: ['address'], proof_too_old: ['address', 'address_proof'] },
};
const OTHERWISE: Readonly<Record<PartName, StepName>> = { identity: 'document', address: 'address_proof' };
/** Nothing that could be filled in otherwise mends these. */
const FINAL = new Set(['under_age', 'residence_not_served']);

/** The steps at which the remedy of a failure is done. */
export function stepsOfFailure(part: PartName, code: string): readonly StepName[] {
  return FINAL.has(code) ? [] : (REMEDIES[part][code] ?? [OTHERWISE[part]]);
}
