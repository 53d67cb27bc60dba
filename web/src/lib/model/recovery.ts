/** Ways back in: which of the missing factors is given how, the ones that most people have first. */
import type { FactorMethod } from './sign-in';

export type Factor = 'authenticator' | 'phone' | 'email';
export const FACTORS: readonly Factor[] = ['email', 'phone', 'authenticator'];

const METHODS: Readonly<Record<Factor, readonly FactorMethod[]>> = {
  email: ['email'],
  phone: ['sms', 'voice'],
  authenticator: ['authenticator'],
};

/** How the factors that are still missing can be given. */
export function methodsFor(missing: readonly string[]): FactorMethod[] {
  return FACTORS.filter((factor) => missing.includes(factor)).flatMap((factor) => METHODS[factor]);
}

/** The factor that is given by a method. */
export function factorOf(method: FactorMethod): Factor {
  return FACTORS.find((factor) => METHODS[factor].includes(method)) ?? 'authenticator';
}
