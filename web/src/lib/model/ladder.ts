/** What each level of verification opens, next to the level before it. */
import type { Decision } from './rights';

export interface Opening {
  now: Decision;
  then: Decision;
}

export interface Change {
  before: Decision;
  after: Decision;
}

export interface Rung {
  level: number;
  /** What is closed a level below. */
  opens: Change[];
  /** What is open there already, with a limit that moves. */
  limits: Change[];
}

/**
 * The levels above none, in their order. `atLevels[n]` is what would be decided otherwise at level n than it is now; where
 * a level says nothing of a capability, it is decided there as it is now.
 */
export function rungs(atLevels: readonly (readonly Opening[])[]): Rung[] {
  return atLevels.slice(1).map((above, at) => {
    const below = atLevels[at] ?? [];
    const changes = changesBetween(below, above);
    return {
      level: at + 1,
      opens: changes.filter(({ before, after }) => before.effect === 'deny' && after.effect !== 'deny'),
      limits: changes.filter(({ before, after }) => isRaised(before, after)),
    };
  });
}

function changesBetween(below: readonly Opening[], above: readonly Opening[]): Change[] {
  const names = new Set([...below, ...above].map(({ now }) => now.capability));
  return [...names].flatMap((name) => {
    const low = below.find(({ now }) => now.capability === name);
    const high = above.find(({ now }) => now.capability === name);
    const before = low?.then ?? high?.now;
    const after = high?.then ?? low?.now;
    return before && after ? [{ before, after }] : [];
  });
}

function isRaised(before: Decision, after: Decision): boolean {
  if (before.effect !== 'limit' || after.effect === 'deny') return false;
  return before.limit !== after.limit || before.effect !== after.effect;
}
