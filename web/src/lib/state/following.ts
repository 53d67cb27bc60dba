/** What follows the account that is signed in begins and ends with the session. */
import { account } from './account.svelte';
import { accountConfig } from './account-config.svelte';
import { algos } from './algos.svelte';
import { orders } from './orders.svelte';
import { positions } from './positions.svelte';

/** Follow the account until the returned function is called. */
export function followAccount(): () => void {
  const stores = [account, accountConfig, orders, algos, positions];
  for (const store of stores) store.start();
  return () => {
    for (const store of stores) store.stop();
  };
}
