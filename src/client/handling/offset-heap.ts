import type { Offset } from '../../base/ids.ts';

/** Gives back what was put in, the lowest offset first. */
export class OffsetHeap<T extends { readonly offset: Offset }> {
  readonly #items: T[] = [];

  get first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    for (;;) {
      const parentAt = (at - 1) >>> 1;
      const parent = at === 0 ? undefined : items[parentAt];
      if (parent === undefined || parent.offset <= item.offset) break;
      items[at] = parent;
      at = parentAt;
    }
    items[at] = item;
  }

  /** Takes the first out. */
  shift(): T | undefined {
    const [first] = this.#items;
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return first;
  }

  /** Puts it in the place of the first. */
  #sink(item: T): void {
    const items = this.#items;
    let at = 0;
    for (;;) {
      const leftAt = 2 * at + 1;
      const left = items[leftAt];
      const right = items[leftAt + 1];
      const isRight = left !== undefined && right !== undefined && right.offset < left.offset;
      const child = isRight ? right : left;
      if (child === undefined || child.offset >= item.offset) break;
      items[at] = child;
      at = isRight ? leftAt + 1 : leftAt;
    }
    items[at] = item;
  }
}
