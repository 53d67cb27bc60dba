/** Addresses of Bitcoin's newer form (BIP 173 and 350): lower or upper case, never both, with a checksum of six signs. */
const SIGNS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const FIRST_SUM = 1;
const LATER_SUM = 0x2bc830a3;

/** Whether `text` is an address of the chain whose addresses begin with `prefix`. */
export function isBech32(text: string, prefix: string): boolean {
  const lower = text.toLowerCase();
  if ((text !== lower && text !== text.toUpperCase()) || !lower.startsWith(`${prefix}1`)) return false;
  const values = [...lower.slice(prefix.length + 1)].map((sign) => SIGNS.indexOf(sign));
  if (values.length < 14 || values.length > 73 || values.includes(-1)) return false;
  // Witness version 0 has the older checksum, later ones the newer.
  return checksum([...expanded(prefix), ...values]) === (values[0] === 0 ? FIRST_SUM : LATER_SUM);
}

function expanded(prefix: string): number[] {
  const codes = [...prefix].map((sign) => sign.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function checksum(values: readonly number[]): number {
  return values.reduce((sum, value) => {
    const top = sum >>> 25;
    const moved = ((sum & 0x1ffffff) << 5) ^ value;
    return GENERATORS.reduce((mixed, generator, at) => ((top >> at) & 1 ? mixed ^ generator : mixed), moved);
  }, 1);
}
