/** What follows the account that is signed in begins and ends with the session. */
import { account } from './account.svelte';
import { orders } from './orders.svelte';
import { positions } from './positions.svelte';

/** Follow the account until the returned function is called. */
export function followAccount(): () => void {
  for (const store of [account, orders, positions]) store.start();
  return () => {
    for (const store of [account, orders, positions]) store.stop();
  };
}
