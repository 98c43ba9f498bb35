import { UsageOrder } from '../../support/usage-order.ts';
import type { Used } from '../../support/usage-order.ts';
import type { Retention } from './kinds.ts';

/** An element of a `ForgettingOrder`. */
export interface Forgettable<Element> extends Used<Element> {
  /** Whether it was in use when it was looked at, and has not been asked for since. Set by the order. */
  retained: boolean;
  /** Whether it may be forgotten. */
  retention(): Retention;
}

/** How many retained elements are looked at again in any case when one must be forgotten. */
export const leastLooks = 16;

/**
 * Elements in the order in which they were last asked for, and which of them to forget first.
 *
 * Nobody tells when an element is no longer needed, so the order has to look; but if it looked at all of them for each
 * new name, a full registry would be slow just when most is in use. So elements that could not be forgotten are set
 * apart. An element is looked at once after it was asked for; those set apart are looked at again in turn, 16 for each
 * element to forget, and one more for each time that any element was asked for. That is constant time, amortized; and
 * with few elements, or if few new ones come, it looks at all of them.
 */
export class ForgettingOrder<Element extends Forgettable<Element>> {
  /** Asked for since they were last looked at; all of these are newer than the retained ones. */
  readonly #fresh = new UsageOrder<Element>();
  readonly #retained = new UsageOrder<Element>();
  #retainedCount = 0;
  /** Where the next look at retained elements continues. */
  #next: Element | undefined = undefined;
  /** Those of them that were cooled when looked at. */
  readonly #cooled = new Set<Element>();
  /** How many more retained elements may be looked at. */
  #credit = 0;

  /** Adds an element as the most recently used one. */
  add(element: Element): void {
    this.#credit++;
    element.retained = false;
    this.#fresh.add(element);
  }

  /** Makes an element the most recently used one. */
  use(element: Element): void {
    if (element.retained) {
      this.remove(element);
      this.add(element);
    } else {
      this.#credit++;
      this.#fresh.use(element);
    }
  }

  remove(element: Element): void {
    if (!element.retained) {
      this.#fresh.remove(element);
      return;
    }
    if (this.#next === element) this.#next = element.newer;
    this.#cooled.delete(element);
    this.#retained.remove(element);
    this.#retainedCount--;
  }

  /**
   * The element to forget, if any of those that it looks at may be forgotten: an idle one, or else a cooled one; of
   * these the least recently used.
   */
  expendable(): Element | undefined {
    return this.#idleRetained() ?? this.#idleFresh() ?? this.#firstCooled();
  }

  /** All elements, those to forget first in front. Takes time for each of them. */
  byPreference(): Element[] {
    const groups: Record<Retention, Element[]> = { idle: [], cooled: [], needed: [] };
    for (const { oldest } of [this.#retained, this.#fresh]) {
      for (let each = oldest; each !== undefined; each = each.newer) {
        groups[each.retention()].push(each);
      }
    }
    return [...groups.idle, ...groups.cooled, ...groups.needed];
  }

  #idleRetained(): Element | undefined {
    let looks = leastLooks + this.#credit;
    let each = this.#next;
    // If it can look at all of them, it begins with the least recently used.
    if (each === undefined || this.#retainedCount <= looks) {
      each = this.#retained.oldest;
      if (this.#retainedCount <= looks) this.#cooled.clear();
    }
    while (each !== undefined && looks > 0 && this.#look(each) !== 'idle') {
      each = each.newer;
      looks--;
    }
    this.#credit = Math.min(this.#credit, looks);
    this.#next = each;
    return looks > 0 ? each : undefined;
  }

  #idleFresh(): Element | undefined {
    const fresh = this.#fresh;
    for (let each = fresh.oldest; each !== undefined; each = fresh.oldest) {
      if (this.#look(each) === 'idle') return each;
      fresh.remove(each);
      each.retained = true;
      this.#retained.add(each);
      this.#retainedCount++;
    }
    return undefined;
  }

  #look(element: Element): Retention {
    const retention = element.retention();
    if (retention === 'cooled') this.#cooled.add(element);
    else this.#cooled.delete(element);
    return retention;
  }

  #firstCooled(): Element | undefined {
    for (const each of this.#cooled) {
      if (each.retention() !== 'needed') return each;
      this.#cooled.delete(each);
    }
    return undefined;
  }
}
