/** What a browser brings back from another provider, behind the # of one of our pages, where no server sees it. */

export interface Brought {
  provider: string;
  state: string;
  code: string;
}

/** `refused`: the person, or the provider, did not want to. `over`: it took too long, or was begun elsewhere. */
export type Arrived = { kind: 'brought'; brought: Brought } | { kind: 'refused' } | { kind: 'over' };

/** What stands in `hash`, the # included; `null` when nobody came back from anywhere. */
export function arrivedBy(hash: string): Arrived | null {
  const told = new URLSearchParams(hash.replace(/^#/u, ''));
  const [provider, state, code] = ['provider', 'state', 'code'].map((name) => told.get(name) ?? '');
  if (provider && state && code) return { kind: 'brought', brought: { provider, state, code } };
  if (!told.has('provider')) return null;
  return { kind: told.get('error') === 'refused' ? 'refused' : 'over' };
}
