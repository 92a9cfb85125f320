import type { IdRows } from './id-rows.ts';

const BUCKETS_MIN = 16;
/** Of a part of the table; a power of two. */
const PART_BUCKETS = 512;
const PART_BITS = 9;

/**
 * Rows by their digests: chains, the newest first, in a table that linear hashing keeps as large as
 * the rows are many. With each row that comes at most one chain is parted in two, with each that
 * goes at most one is joined to another.
 */
export class IdChains {
  readonly #rows: IdRows;
  /** Of each chain the first row and 1; 0: it is empty. */
  readonly #parts: Uint32Array[] = [new Uint32Array(BUCKETS_MIN)];
  #bucketCount = BUCKETS_MIN;
  /** The highest power of two that is no more than that. */
  #round = BUCKETS_MIN;
  #rowCount = 0;

  constructor(rows: IdRows) {
    this.#rows = rows;
  }

  /** The newest row with this digest. */
  find(digests: Uint32Array, at: number): number | undefined {
    const rows = this.#rows;
    let link = this.#firstOf(this.#bucketOf(digests[at] as number));
    while (link !== 0) {
      if (rows.hasDigest(link - 1, digests, at)) return link - 1;
      link = rows.linkOf(link - 1);
    }
    return undefined;
  }

  /** It is the newest. */
  link(row: number): void {
    const bucket = this.#bucketOf(this.#rows.hashOf(row));
    this.#rows.setLink(row, this.#firstOf(bucket));
    this.#setFirst(bucket, row + 1);
    this.#rowCount += 1;
    if (this.#rowCount > this.#bucketCount) this.#part();
  }

  unlink(row: number): void {
    const rows = this.#rows;
    const bucket = this.#bucketOf(rows.hashOf(row));
    let before = 0;
    for (let link = this.#firstOf(bucket); link !== row + 1; link = rows.linkOf(link - 1)) {
      before = link;
    }
    if (before === 0) this.#setFirst(bucket, rows.linkOf(row));
    else rows.setLink(before - 1, rows.linkOf(row));
    this.#rowCount -= 1;
    if (this.#bucketCount > BUCKETS_MIN && 2 * this.#rowCount < this.#bucketCount) this.#join();
  }

  /** A new bucket gets those of the next one whose hash says so; the order of both stays. */
  #part(): void {
    const rows = this.#rows;
    const from = this.#bucketCount - this.#round;
    const to = this.#bucketCount;
    this.#haveRoom(to);
    const ends = [0, 0];
    let link = this.#firstOf(from);
    this.#setFirst(from, 0);
    this.#bucketCount += 1;
    while (link !== 0) {
      const next = rows.linkOf(link - 1);
      const side = (rows.hashOf(link - 1) & this.#round) === 0 ? 0 : 1;
      const end = ends[side] as number;
      if (end === 0) this.#setFirst(side === 0 ? from : to, link);
      else rows.setLink(end - 1, link);
      rows.setLink(link - 1, 0);
      ends[side] = link;
      link = next;
    }
    if (this.#bucketCount === 2 * this.#round) this.#round *= 2;
  }

  /** The last bucket goes: its chain stands behind that which it was parted from. */
  #join(): void {
    const rows = this.#rows;
    if (this.#bucketCount === this.#round) this.#round /= 2;
    this.#bucketCount -= 1;
    const [from, to] = [this.#bucketCount, this.#bucketCount - this.#round];
    const moved = this.#firstOf(from);
    this.#setFirst(from, 0);
    let end = this.#firstOf(to);
    if (end === 0) this.#setFirst(to, moved);
    else {
      while (rows.linkOf(end - 1) !== 0) end = rows.linkOf(end - 1);
      rows.setLink(end - 1, moved);
    }
    if ((this.#parts.length - 1) * PART_BUCKETS >= this.#bucketCount + PART_BUCKETS) {
      this.#parts.pop();
    }
  }

  /** The first part is as small as it may be: most tables are. */
  #haveRoom(bucket: number): void {
    const [first] = this.#parts as [Uint32Array];
    if (bucket === this.#parts.length * PART_BUCKETS) {
      this.#parts.push(new Uint32Array(PART_BUCKETS));
    } else if (bucket === first.length) {
      const larger = new Uint32Array(2 * first.length);
      larger.set(first);
      this.#parts[0] = larger;
    }
  }

  #bucketOf(hash: number): number {
    const bucket = hash & (2 * this.#round - 1);
    return bucket < this.#bucketCount ? bucket : hash & (this.#round - 1);
  }

  #firstOf(bucket: number): number {
    return (this.#parts[bucket >>> PART_BITS] as Uint32Array)[
      bucket & (PART_BUCKETS - 1)
    ] as number;
  }

  #setFirst(bucket: number, link: number): void {
    (this.#parts[bucket >>> PART_BITS] as Uint32Array)[bucket & (PART_BUCKETS - 1)] = link;
  }
}
