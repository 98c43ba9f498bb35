/** An element of a `UsageOrder`, linked to its neighbors. */
export interface Used<Element> {
  /** The elements that were used just before and after this one. */
  older: Element | undefined;
  newer: Element | undefined;
}

/**
 * Elements in the order in which they were last used. All operations take constant time. The order is an
 * intrusive list, because moving a key to the end of a `Map` costs several times as much.
 */
export class UsageOrder<Element extends Used<Element>> {
  /** The least recently used element. */
  oldest: Element | undefined = undefined;
  #newest: Element | undefined = undefined;

  /** Adds an element as the most recently used one. */
  add(element: Element): void {
    const newest = this.#newest;
    element.older = newest;
    element.newer = undefined;
    if (newest === undefined) this.oldest = element;
    else newest.newer = element;
    this.#newest = element;
  }

  /** Makes an element the most recently used one. */
  use(element: Element): void {
    if (element === this.#newest) return;
    this.remove(element);
    this.add(element);
  }

  remove({ older, newer }: Element): void {
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }

  clear(): void {
    this.oldest = this.#newest = undefined;
  }
}
