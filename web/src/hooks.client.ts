import type { HandleClientError } from '@sveltejs/kit';

/** An address that leads nowhere is shown to the person; it is no fault to be logged. */
export const handleError: HandleClientError = ({ error, status, message }) => {
  // eslint-disable-next-line no-console -- whoever reports a fault finds it in the console
  if (status !== 404) console.error(error);
  return { message };
};
