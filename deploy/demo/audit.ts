/** What came back, judged record by record. */
export interface AuditResult {
  readonly read: number;
  readonly missing: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
}

const INITIAL_BITMAP_BYTES = 64 * 1024;

/**
 * Counts records that are missing, that came twice, and that came after a later one of their
 * partition. Takes a bit a record, however large the file is.
 */
export class Audit {
  readonly #expected: number;
  readonly #lastByPartition = new Map<number, number>();
  #seen = new Uint8Array(INITIAL_BITMAP_BYTES);
  #read = 0;
  #distinct = 0;
  #duplicated = 0;
  #outOfOrder = 0;

  /** `expected` records, numbered from 0, were sent. */
  constructor(expected: number) {
    this.#expected = expected;
  }

  /** Notes a record; false when it was there before. */
  add(partition: number, number: number): boolean {
    this.#read += 1;
    const isNew = this.#mark(number);
    if (!isNew) this.#duplicated += 1;
    const last = this.#lastByPartition.get(partition) ?? -1;
    if (isNew && number < last) this.#outOfOrder += 1;
    if (number > last) this.#lastByPartition.set(partition, number);
    return isNew;
  }

  result(): AuditResult {
    return {
      read: this.#read,
      missing: this.#expected - this.#distinct,
      duplicated: this.#duplicated,
      outOfOrder: this.#outOfOrder,
    };
  }

  #mark(number: number): boolean {
    const byte = Math.floor(number / 8);
    if (byte >= this.#seen.length) {
      const larger = new Uint8Array(Math.max(byte + 1, this.#seen.length * 2));
      larger.set(this.#seen);
      this.#seen = larger;
    }
    const bit = 1 << (number % 8);
    const before = this.#seen[byte] ?? 0;
    if ((before & bit) !== 0) return false;
    this.#seen[byte] = before | bit;
    if (number < this.#expected) this.#distinct += 1;
    return true;
  }
}
