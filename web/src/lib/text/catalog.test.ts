import { TYPE, parse } from '@formatjs/icu-messageformat-parser';
import { describe, expect, test } from 'vitest';

import { type TextKey, bestLanguage, isLanguage, translator } from './catalog';
import en from './en';
import staffEn from './en/staff.json';
import es from './es';
import refusals from './es/refusals.json';
import staffEs from './es/staff.json';

function flat(catalog: Record<string, Record<string, string>>): Map<string, string> {
  return new Map(
    Object.entries(catalog).flatMap(([part, texts]) =>
      Object.entries(texts).map(([name, text]) => [`${part}.${name}`, text] as const),
    ),
  );
}

const argumentsOf = (text: string) =>
  parse(text, { ignoreTag: true })
    .flatMap((element) => ('value' in element && element.type !== TYPE.literal ? [element.value] : []))
    .sort();

describe('every language', () => {
  const english = flat({ ...en, staff: staffEn });
  const spanish = flat({ ...es, staff: staffEs });

  test('has the same texts', () => {
    expect([...spanish.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test.each([...english])('says the same of the same things: %s', (key, text) => {
    expect(argumentsOf(spanish.get(key) ?? '')).toEqual(argumentsOf(text));
  });
});

test('what the exchange refuses is said in languages other than its own, and without braces to fill', async () => {
  const [inEnglish, inSpanish] = [await translator('en'), await translator('es')];
  const code = 'refusals.51603' as TextKey;
  expect([inEnglish(code), inSpanish(code)]).toEqual([code, 'Esta orden no existe.']);
  expect(Object.values(refusals).filter((text) => /[{}<]/u.test(text) || !text.endsWith('.'))).toEqual([]);
});

test('text is written with its values, in its language', async () => {
  const inEnglish = await translator('en');
  const inSpanish = await translator('es');
  expect(inEnglish('trade.shareOf', { share: 0.25 })).toBe('25% of what is available');
  expect(inSpanish('trade.shareOf', { share: 0.25 }).replace(/\s/gu, ' ')).toBe('25 % de lo disponible');
  expect(inSpanish('trade.buy')).toBe('Comprar');
});

test('the first language we speak is taken', () => {
  expect(bestLanguage(['de-DE', 'es-MX', 'en'])).toBe('es');
  expect(bestLanguage(['de'])).toBe('en');
  expect([isLanguage('en'), isLanguage('de')]).toEqual([true, false]);
});
