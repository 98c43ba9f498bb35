/** An element of an order of use: knows its neighbours there. */
export interface Used<Element> {
  /** The elements that were used just before and just after this one. */
  older: Element | undefined;
  newer: Element | undefined;
}

/**
 * Elements in the order in which they were last used. Everything takes constant time; the order is a
 * list through the elements, since moving a key to the end of a `Map` costs several times as much.
 */
export class UsageOrder<Element extends Used<Element>> {
  /** The one that was not used for longest. */
  oldest: Element | undefined = undefined;
  #newest: Element | undefined = undefined;

  /** Adds an element, as the one used last. */
  add(element: Element): void {
    const newest = this.#newest;
    element.older = newest;
    element.newer = undefined;
    if (newest === undefined) this.oldest = element;
    else newest.newer = element;
    this.#newest = element;
  }

  /** Notes that an element was used. */
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
