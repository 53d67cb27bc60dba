/** What goes wrong between this page and the exchange. */

/** The exchange refused: `code` is its own, `remedy` what to do, where it says so. */
export class RefusedError extends Error {
  readonly code: string;
  readonly remedy: string;
  readonly status: number;

  constructor(code: string, message: string, remedy = '', status = 200) {
    super(message);
    this.name = 'RefusedError';
    this.code = code;
    this.remedy = remedy;
    this.status = status;
  }
}

/** The exchange did not answer, or not in its own words. Whether it did what was asked is not known. */
export class UnreachableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreachableError';
  }
}
