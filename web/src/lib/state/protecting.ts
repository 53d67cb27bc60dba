/** What people change of their own protection. Each raises `RefusedError`, and asks for a confirmation where one is due. */
import { accountApi } from './exchange.svelte';
import { security } from './security.svelte';
import { stepUp } from './step-up.svelte';

export interface NewContact {
  contact: string;
  needs_old_code: boolean;
}

export interface NewAuthenticator {
  secret: string;
  address: string;
}

async function change<Value>(method: string, path: string, body?: unknown): Promise<Value> {
  return stepUp.run(() => accountApi.send<Value>(method, `/security${path}`, body));
}

export async function changePassword(old: string, password: string): Promise<void> {
  await change('POST', '/password', { old, new: password });
}

/** Have codes sent to a new contact, and to the one it replaces. */
export async function beginContact(contact: string): Promise<NewContact> {
  return change<NewContact>('POST', '/contacts', { contact });
}

export async function confirmContact(contact: string, code: string, oldCode: string): Promise<void> {
  await change('POST', '/contacts/confirm', { contact, code, old_code: oldCode });
  await security.reload();
}

/** A secret for an app, shown this once. */
export async function beginAuthenticator(): Promise<NewAuthenticator> {
  return change<NewAuthenticator>('POST', '/authenticator');
}

export async function confirmAuthenticator(code: string): Promise<void> {
  await change('POST', '/authenticator/confirm', { code });
  await security.reload();
}

/** Codes to keep on paper, shown this once; those before are void. */
export async function newBackupCodes(): Promise<string[]> {
  const { codes } = await change<{ codes: string[] }>('POST', '/backup-codes');
  await security.reload();
  return codes;
}

/** The authenticator's secret and new backup codes, encrypted to `passphrase`; codes of before are void. */
export async function makeRecoveryFile(passphrase: string): Promise<Blob> {
  const file = await stepUp.run(() => accountApi.fetchFile('/security/recovery-export', { passphrase }));
  await security.reload();
  return file;
}

/** Show `code` in every genuine mail; '' for none. */
export async function setAntiPhishingCode(code: string): Promise<void> {
  await change('PUT', '/anti-phishing-code', { code });
  await security.reload();
}
