/** A list of which the newest page is fetched again and again, and older ones when somebody asks for them. */
import { type Numbered, type Page, newestFirst, renewed, together } from '$lib/model/pages';
import { Remote } from './remote.svelte';

/** Rows by several questions at once, where one does not get them all. */
type Parts<Row> = Promise<readonly (readonly Row[])[]>;

export interface PageSource<Row> {
  newest(): Parts<Row>;
  /** Rows older than that with the id `after`, or the newest ones for ''; it may reach further back than `newest`. */
  older(after: string): Parts<Row>;
}

export class Paged<Row extends Numbered> extends Remote<Row[]> {
  /** Whether there may be older ones. */
  hasOlder = $state(false);
  readonly #source: PageSource<Row>;
  #isEndKnown = false;

  constructor(source: PageSource<Row>) {
    super();
    this.#source = source;
  }

  async reload(): Promise<void> {
    await this.#replace(async (known) => {
      const newest = together(await this.#source.newest());
      const rows = renewed(known, newest);
      if (rows?.length === 0 && !this.#isEndKnown) return this.#before('');
      return { rows: rows ?? newest.rows, isLast: rows !== null && this.#isEndKnown };
    });
  }

  async loadOlder(): Promise<void> {
    await this.#replace(async (known) => {
      const { rows, isLast } = await this.#before([...known].sort(newestFirst).at(-1)?.id ?? '');
      return { rows: [...known, ...rows], isLast };
    });
  }

  override clear(): void {
    super.clear();
    this.#isEndKnown = this.hasOlder = false;
  }

  async #before(after: string): Promise<Page<Row>> {
    return together(await this.#source.older(after));
  }

  /** An answer that is overtaken says nothing, neither of rows nor of an end. */
  async #replace(fetchIt: (known: Row[]) => Promise<Page<Row>>): Promise<void> {
    let page: Page<Row> | null = null;
    await this.load(async () => (page = await fetchIt(this.value ?? [])).rows);
    this.#accept(page);
  }

  #accept(page: Page<Row> | null): void {
    if (!page || this.value !== page.rows) return;
    this.#isEndKnown = page.isLast;
    this.hasOlder = !page.isLast;
  }
}
