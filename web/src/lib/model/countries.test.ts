import { expect, test } from 'vitest';

import { countries, countryName, likelyCountry } from './countries';

test('all countries once, by name', () => {
  const english = countries('en');
  expect(english).toHaveLength(249);
  expect(new Set(english.map(({ code }) => code)).size).toBe(249);
  expect(english.every(({ code, name }) => name && name !== code)).toBe(true);
  const at = (code: string) => english.findIndex((one) => one.code === code);
  expect(at('AX')).toBeLessThan(at('BE'));
});

test('a name in a language, parts of countries by their code', () => {
  expect([countryName('es', 'DE'), countryName('en', 'UA-43'), countryName('en', '')]).toEqual([
    'Alemania',
    'Ukraine (UA-43)',
    '',
  ]);
});

test('where a browser seems to be', () => {
  expect([likelyCountry(['en', 'es-ES']), likelyCountry(['en']), likelyCountry([])]).toEqual(['ES', '', '']);
});
