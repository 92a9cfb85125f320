/** A record of the demo as it was read. */
export interface ReadPiece {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly endsWithLf: boolean;
}

/** Records of one partition, a group at a time, in the order of the log. */
export type PieceSource = AsyncIterator<readonly ReadPiece[]>;

/**
 * Puts the records of all partitions into the order of the file. Record n lies in partition
 * n mod count, so one group of records a partition is all that is held. A record that is missing
 * is passed over; one that comes late or twice is left out.
 */
export async function* mergePieces(sources: readonly PieceSource[]): AsyncGenerator<ReadPiece[]> {
  const cursors = sources.map((source) => new Cursor(source));
  let next = 0;
  let group: ReadPiece[] = [];
  for (;;) {
    const cursor = cursors[next % cursors.length];
    if (cursor === undefined) return;
    let piece = cursor.peek();
    if (piece === undefined && !cursor.isDone) {
      // Before waiting, what is ready goes on.
      if (group.length > 0) yield group;
      group = [];
      await cursor.fill();
      piece = cursor.peek();
    }
    if (piece === undefined) {
      if (cursors.every((it) => it.isDone && it.peek() === undefined)) break;
    } else if (piece.number <= next) {
      cursor.skip();
      if (piece.number < next) continue;
      group.push(piece);
    }
    next += 1;
  }
  if (group.length > 0) yield group;
}

class Cursor {
  readonly #source: PieceSource;
  #group: readonly ReadPiece[] = [];
  #at = 0;
  #isDone = false;

  constructor(source: PieceSource) {
    this.#source = source;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  peek(): ReadPiece | undefined {
    return this.#group[this.#at];
  }

  skip(): void {
    this.#at += 1;
  }

  /** Until there is a record, or the partition has ended. */
  async fill(): Promise<void> {
    while (this.peek() === undefined && !this.#isDone) {
      const { value, done } = await this.#source.next();
      this.#isDone = done === true;
      this.#group = done === true ? [] : value;
      this.#at = 0;
    }
  }
}
