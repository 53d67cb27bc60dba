/** The parts of the security center, in the order of the rail. A part stands here as soon as its page does. */
import type { TextKey } from '$lib/text/catalog';

export interface Section {
  href: string;
  title: TextKey;
  /** Items of the checklist that are done there. */
  items?: readonly string[];
}

export interface Group {
  title: TextKey;
  sections: readonly Section[];
}

export const HOME: Section = { href: '/security', title: 'security.nav_overview' };

export const GROUPS: readonly Group[] = [
  {
    title: 'security.group_signIn',
    sections: [
      { href: '/security/password', title: 'security.nav_password' },
      { href: '/security/contacts', title: 'security.nav_contacts', items: ['email', 'phone'] },
      { href: '/security/authenticator', title: 'security.nav_authenticator', items: ['authenticator'] },
      { href: '/security/passkeys', title: 'security.nav_passkeys', items: ['passkey'] },
      { href: '/security/backup-codes', title: 'security.nav_backupCodes', items: ['backup_codes'] },
      { href: '/security/connected', title: 'security.nav_connected' },
    ],
  },
  {
    title: 'security.group_access',
    sections: [
      { href: '/security/devices', title: 'security.nav_devices' },
      { href: '/security/keys', title: 'security.nav_keys' },
      { href: '/security/addresses', title: 'security.nav_addresses', items: ['only_listed_addresses'] },
      { href: '/security/anti-phishing', title: 'security.nav_antiPhishing', items: ['anti_phishing_code'] },
    ],
  },
  {
    title: 'security.group_emergency',
    sections: [
      { href: '/security/not-me', title: 'security.nav_notMe' },
      { href: '/security/freeze', title: 'security.nav_freeze' },
      {
        href: '/security/emergency-contact',
        title: 'security.nav_emergencyContact',
        items: ['emergency_contact'],
      },
      { href: '/security/close', title: 'security.nav_close' },
    ],
  },
  {
    title: 'security.group_checks',
    sections: [
      { href: '/notices', title: 'security.nav_notices' },
      { href: '/from-us', title: 'security.nav_fromUs' },
    ],
  },
];

const SECTIONS = GROUPS.flatMap((group) => group.sections);

/** Where an item of the checklist is done, '' where no page does it. */
export function pageOf(item: string): string {
  return SECTIONS.find((section) => section.items?.includes(item))?.href ?? '';
}

/** Whether there is such a part. */
export function hasPage(href: string): boolean {
  return SECTIONS.some((section) => section.href === href);
}
