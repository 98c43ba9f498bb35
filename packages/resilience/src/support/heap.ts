/** An element of a heap. */
export interface HeapNode {
  /** Its position in the heap; -1 if it is in none. */
  index: number;
}

/**
 * A binary heap whose elements can be removed from anywhere. Adding and removing take logarithmic time, or
 * constant time if elements are added in order.
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

  /** Removes an element; does nothing if it is not in the heap. */
  remove(node: Node): void {
    const { index } = node;
    if (index < 0) return;
    node.index = -1;
    const last = this.#nodes.pop()!;
    if (last === node) return;
    this.#sink(last, index);
    if (last.index === index) this.#rise(last, index);
  }

  #rise(node: Node, from: number): void {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#nodes[above]!;
      if (!this.#before(node, parent)) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(node, index);
  }

  #sink(node: Node, from: number): void {
    const nodes = this.#nodes;
    let index = from;
    for (let below = 2 * index + 1; below < nodes.length; below = 2 * index + 1) {
      if (below + 1 < nodes.length && this.#before(nodes[below + 1]!, nodes[below]!)) below++;
      if (!this.#before(nodes[below]!, node)) break;
      this.#put(nodes[below]!, index);
      index = below;
    }
    this.#put(node, index);
  }

  #put(node: Node, index: number): void {
    this.#nodes[index] = node;
    node.index = index;
  }
}
