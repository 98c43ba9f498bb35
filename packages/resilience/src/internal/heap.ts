/** An element that knows where in a heap it stands; -1 where it is in none. */
export interface HeapNode {
  place: number;
}

/**
 * A binary heap whose elements can be removed from anywhere: adding and removing take logarithmic
 * time, constant where elements come in order.
 */
export class Heap<Node extends HeapNode> {
  readonly #nodes: Node[] = [];
  readonly #before: (a: Node, b: Node) => boolean;

  constructor(before: (a: Node, b: Node) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#nodes.length;
  }

  /** The element that comes before all others. */
  get first(): Node | undefined {
    return this.#nodes[0];
  }

  add(node: Node): void {
    this.#nodes.push(node);
    this.#rise(node, this.#nodes.length - 1);
  }

  /** Removes an element; one that is not in the heap is fine. */
  remove(node: Node): void {
    const { place } = node;
    if (place < 0) return;
    node.place = -1;
    const last = this.#nodes.pop()!;
    if (last === node) return;
    this.#sink(last, place);
    if (last.place === place) this.#rise(last, place);
  }

  #rise(node: Node, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#nodes[above]!;
      if (!this.#before(node, parent)) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(node, place);
  }

  #sink(node: Node, from: number): void {
    const nodes = this.#nodes;
    let place = from;
    for (let below = 2 * place + 1; below < nodes.length; below = 2 * place + 1) {
      if (below + 1 < nodes.length && this.#before(nodes[below + 1]!, nodes[below]!)) below++;
      if (!this.#before(nodes[below]!, node)) break;
      this.#put(nodes[below]!, place);
      place = below;
    }
    this.#put(node, place);
  }

  #put(node: Node, place: number): void {
    this.#nodes[place] = node;
    node.place = place;
  }
}
