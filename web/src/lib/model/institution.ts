/** The application of an institution, as it is filled in: people and who owns what, in forms that can be typed. */
import { isDecimal, places, scaled, trimmed, unscaled } from './decimals';
import type { Wanted } from './papers';

export interface Entity {
  name: string;
  registration_number: string;
  country: string;
  registered_on: string;
  activity: string;
}

export interface Official {
  person_id: string;
  given_names: string;
  family_names: string;
  born_on: string;
  nationality: string;
  residence: string;
  roles: readonly string[];
}

export interface Owner {
  owner_id: string;
  kind: string;
  name: string;
  person_id?: string;
}

export interface Holding {
  owner: string;
  owned: string;
  share_bps: number;
}

export interface Ownership {
  owners: readonly Owner[];
  holdings: readonly Holding[];
}

export type SectionName = 'entity' | 'addresses' | 'people' | 'ownership' | 'papers' | 'attestation';

export interface Problem {
  code: string;
  about: string;
  remedy: string;
}

export interface Section {
  section: SectionName;
  state: 'missing' | 'incomplete' | 'complete';
  problems: readonly Problem[];
}

export interface WantedOfInstitution {
  papers: readonly Wanted[];
  roles: readonly (readonly string[])[];
  needs_ownership: boolean;
  owner_line_bps: number;
  age_min: number;
}

export const ENTITY_TYPES = ['private_company', 'public_company', 'fund', 'trust', 'financial_firm'] as const;
export const ROLES = [
  'director',
  'authorized_trader',
  'beneficial_owner',
  'senior_manager',
  'partner',
  'trustee',
  'settlor',
  'beneficiary',
] as const;
export const OWNER_KINDS = ['person', 'company', 'trust', 'listed_company', 'government', 'dispersed'] as const;
/** The id of the institution itself among what is owned. */
export const APPLICANT = 'applicant';
const SIGNING = new Set(['director', 'authorized_trader', 'trustee', 'partner']);
const OWNED_KINDS = new Set(['company', 'trust']);

/** The section to stand at: the first that is not complete; `attestation` is the last one. */
export function sectionToTake(sections: readonly Section[]): SectionName {
  return sections.find(({ state }) => state !== 'complete')?.section ?? 'attestation';
}

/** Who may sign for the institution. */
export function signers(people: readonly Official[]): Official[] {
  return people.filter(({ roles }) => roles.some((role) => SIGNING.has(role)));
}

/** An id that none of `taken` has: `p1`, `p2`. */
export function freeId(letter: string, taken: readonly string[]): string {
  let number = taken.length + 1;
  while (taken.includes(`${letter}${String(number)}`)) number += 1;
  return `${letter}${String(number)}`;
}

/** A holding with its share as it is typed, in percent. */
export interface TypedHolding {
  owner: string;
  owned: string;
  percent: string;
}

/** A share in hundredths of a percent out of what was typed, `null` for what is none. */
export function bpsOf(percent: string): number | null {
  if (!isDecimal(percent) || places(trimmed(percent)) > 2) return null;
  const bps = scaled(percent, 2);
  return bps > 0n && bps <= 10_000n ? Number(bps) : null;
}

/** Hundredths of a percent as percent: 3333 is `33.33`. */
export function percentOf(bps: number): string {
  return trimmed(unscaled(BigInt(bps), 2));
}

/** Holdings as they are shown in fields. */
export function typedHoldings({ holdings }: Ownership): TypedHolding[] {
  return holdings.map(({ owner, owned, share_bps }) => ({ owner, owned, percent: percentOf(share_bps) }));
}

/** What can be owned: the institution, and those of its owners that are owned themselves. */
export function ownable(owners: readonly Owner[]): string[] {
  return [APPLICANT, ...owners.filter(({ kind }) => OWNED_KINDS.has(kind)).map(({ owner_id }) => owner_id)];
}

/** What the shares in something add up to, in percent. */
export function sumIn(owned: string, holdings: readonly TypedHolding[]): string {
  const bps = holdings.filter((one) => one.owned === owned).map(({ percent }) => bpsOf(percent) ?? 0);
  return percentOf(bps.reduce((sum, one) => sum + one, 0));
}

/** What is sent, `null` while a share is none. */
export function ownershipOf(owners: readonly Owner[], holdings: readonly TypedHolding[]): Ownership | null {
  const shares = holdings.map(({ owner, owned, percent }) => ({ owner, owned, share_bps: bpsOf(percent) }));
  if (!shares.every((one): one is Holding => one.share_bps !== null)) return null;
  return { owners, holdings: shares };
}

/** The owners without one, and the holdings without theirs. */
export function withoutOwner(
  id: string,
  owners: readonly Owner[],
  holdings: readonly TypedHolding[],
): { owners: Owner[]; holdings: TypedHolding[] } {
  return {
    owners: owners.filter(({ owner_id }) => owner_id !== id),
    holdings: holdings.filter(({ owner, owned }) => owner !== id && owned !== id),
  };
}
