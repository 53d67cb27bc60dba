/** Where people live: ISO 3166-1, two letters each. */
const CODES =
  'ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCR' +
  'CUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHU' +
  'IDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQ' +
  'MRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSI' +
  'SJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW';

export interface Country {
  code: string;
  name: string;
}

/** The name of a country, or of a part of one as far as it is known, in a language. */
export function countryName(language: string, code: string): string {
  if (!code) return '';
  const name = new Intl.DisplayNames([language], { type: 'region', fallback: 'code' }).of(code.slice(0, 2)) ?? code;
  return code.length > 2 ? `${name} (${code})` : name;
}

/** All countries in the order of their names in a language. */
export function countries(language: string): Country[] {
  const codes = [...new Set(CODES.match(/../gu) ?? [])];
  const { compare } = new Intl.Collator(language);
  return codes.map((code) => ({ code, name: countryName(language, code) })).sort((a, b) => compare(a.name, b.name));
}

/** The country that the languages of a browser name first, such as `ES` in `es-ES`. */
export function likelyCountry(tags: readonly string[]): string {
  const found = tags.map((tag) => /-([A-Z]{2})\b/u.exec(tag)?.[1]).find(Boolean);
  return found ?? '';
}
