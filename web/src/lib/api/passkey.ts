/** Passkeys of this browser, between the account API and the authenticator. Both sides speak W3C Web Authentication. */
import { isNumericHost } from '$lib/model/host';

type RequestJson = PublicKeyCredentialRequestOptionsJSON;
type CreationJson = PublicKeyCredentialCreationOptionsJSON;

/** Whether this browser can use passkeys here: they belong to names, never to a numeric address. */
export function canUsePasskeys(hostname: string): boolean {
  return (
    !isNumericHost(hostname) &&
    'PublicKeyCredential' in globalThis &&
    'parseRequestOptionsFromJSON' in PublicKeyCredential
  );
}

/** Have the authenticator answer. Raises `DOMException` when the person does not want to, or has no passkey. */
export async function usePasskey(options: unknown): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as RequestJson);
  const credential = await navigator.credentials.get({ publicKey });
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('no passkey', 'NotAllowedError');
  return credential.toJSON();
}

/** Have the authenticator make a passkey. Raises `DOMException` when the person does not want to, or has it already. */
export async function makePasskey(options: unknown): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as CreationJson);
  const credential = await navigator.credentials.create({ publicKey });
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('no passkey', 'NotAllowedError');
  return credential.toJSON();
}
