import type { Offset } from '../../base/ids.ts';

/** Words of 32 bits by which an id is known: a part of its SHA-256. */
export const DIGEST_WORDS = 4;

/** Where the record with an id went. */
export interface IdPlace {
  readonly offset: Offset;
  /** It was held until it is due: no consumer finds it at this offset. */
  readonly isHeld: boolean;
}

export interface NewId extends IdPlace {
  /** Of its digest, the first word's place in the array. */
  readonly digests: Uint32Array;
  readonly at: number;
  /** By the monotonic clock; one below what is there already counts as that. */
  readonly timeMs: number;
}

const BLOCK_ROWS = 512;
const BLOCK_BITS = 9;
/** Of the block of a window that was empty: most windows are of few ids. */
const FIRST_ROWS = 16;
/** Numbers of rows go round here: a power of two, and far more than there are at a time. */
const ROW_SPAN = 2 ** 30;
/** The digest, and what the chains keep. */
const WORDS = DIGEST_WORDS + 1;
/** The offset, of held records as -1 less it, and the moment. */
const NUMBERS = 2;

interface Block {
  readonly words: Uint32Array;
  readonly numbers: Float64Array;
}

/**
 * What is known of each id, oldest first: blocks in a ring. A row has its number for as long as it
 * is there. It grows by a block and shrinks by one; of the ring itself only the places are moved.
 */
export class IdRows {
  /** By the number of the block; a power of two, and never fewer than there are. */
  #ring: (Block | undefined)[] = [undefined];
  /** Both count all that ever were here: the oldest, and behind the newest. */
  #head = 0;
  #tail = 0;

  get count(): number {
    return this.#tail - this.#head;
  }

  get first(): number {
    return this.#head % ROW_SPAN;
  }

  get last(): number {
    return (this.#tail - 1) % ROW_SPAN;
  }

  /** The number of the row that `index` others are older than. */
  at(index: number): number {
    return (this.#head + index) % ROW_SPAN;
  }

  /** Returns its number. `timeMs`: no less than that of the newest. */
  push({ digests, at, offset, isHeld }: NewId, timeMs: number): number {
    const row = this.#tail % ROW_SPAN;
    const { words, numbers } = this.#lastBlock();
    this.#tail += 1;
    const [word, number] = [wordOf(row), numberOf(row)];
    for (let index = 0; index < DIGEST_WORDS; index += 1) {
      words[word + index] = digests[at + index] as number;
    }
    numbers[number] = isHeld ? -1 - offset : offset;
    numbers[number + 1] = timeMs;
    return row;
  }

  /** The oldest goes; there is one. */
  shift(): void {
    const gone = this.#head;
    this.#head += 1;
    if (this.count === 0 || blockOf(this.#head) !== blockOf(gone)) this.#free(blockOf(gone));
  }

  /** The newest goes; there is one. */
  pop(): void {
    this.#tail -= 1;
    if (this.count === 0 || this.#tail % BLOCK_ROWS === 0) this.#free(blockOf(this.#tail));
  }

  offsetOf(row: number): Offset {
    const stored = this.#block(row).numbers[numberOf(row)] as number;
    return stored < 0 ? -1 - stored : stored;
  }

  isHeld(row: number): boolean {
    return (this.#block(row).numbers[numberOf(row)] as number) < 0;
  }

  timeMsOf(row: number): number {
    return this.#block(row).numbers[numberOf(row) + 1] as number;
  }

  /** The first word of its digest. */
  hashOf(row: number): number {
    return this.#block(row).words[wordOf(row)] as number;
  }

  hasDigest(row: number, digests: Uint32Array, at: number): boolean {
    const { words } = this.#block(row);
    const word = wordOf(row);
    for (let index = 0; index < DIGEST_WORDS; index += 1) {
      if (words[word + index] !== digests[at + index]) return false;
    }
    return true;
  }

  /** As `setLink` left it. */
  linkOf(row: number): number {
    return this.#block(row).words[wordOf(row) + DIGEST_WORDS] as number;
  }

  setLink(row: number, link: number): void {
    this.#block(row).words[wordOf(row) + DIGEST_WORDS] = link;
  }

  #block(row: number): Block {
    return this.#ring[(row >>> BLOCK_BITS) & (this.#ring.length - 1)] as Block;
  }

  /** With room for one more. */
  #lastBlock(): Block {
    const number = blockOf(this.#tail);
    const usedCount = number - blockOf(this.#head) + 1;
    if (usedCount > this.#ring.length) this.#resize(2 * this.#ring.length);
    const slot = number & (this.#ring.length - 1);
    const row = this.#tail % BLOCK_ROWS;
    const block =
      this.#ring[slot] ?? newBlock(Math.max(this.count === 0 ? FIRST_ROWS : BLOCK_ROWS, row + 1));
    const grown = row * WORDS < block.words.length ? block : larger(block);
    this.#ring[slot] = grown;
    return grown;
  }

  #free(number: number): void {
    this.#ring[number & (this.#ring.length - 1)] = undefined;
    const usedCount = blockOf(this.#tail) - blockOf(this.#head) + 1;
    if (this.#ring.length >= 4 * usedCount) this.#resize(this.#ring.length / 2);
  }

  #resize(length: number): void {
    const ring = Array.from<Block | undefined>({ length });
    for (let number = blockOf(this.#head); number <= blockOf(this.#tail - 1); number += 1) {
      ring[number & (length - 1)] = this.#ring[number & (this.#ring.length - 1)];
    }
    this.#ring = ring;
  }
}

const newBlock = (rowCount: number): Block => ({
  words: new Uint32Array(rowCount * WORDS),
  numbers: new Float64Array(rowCount * NUMBERS),
});

/** With room for twice as many. */
const larger = ({ words, numbers }: Block): Block => {
  const block = newBlock(Math.min(BLOCK_ROWS, (2 * words.length) / WORDS));
  block.words.set(words);
  block.numbers.set(numbers);
  return block;
};

const blockOf = (index: number): number => Math.floor(index / BLOCK_ROWS);
const wordOf = (row: number): number => (row & (BLOCK_ROWS - 1)) * WORDS;
const numberOf = (row: number): number => (row & (BLOCK_ROWS - 1)) * NUMBERS;
