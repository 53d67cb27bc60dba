/** A reason that somebody gives in their own words, where they want to. */

const LENGTH_MAX = 200;

/** Whether the exchange takes `text`: short, on one line, and all of it shows. Nothing at all is taken, too. */
export function isReason(text: string): boolean {
  return text.trim().length <= LENGTH_MAX && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}
