import type { OttlaError } from '../../base/errors.ts';
import { listOffsets } from '../cluster/list-offsets.ts';
import type { ClientContext } from '../context.ts';
import { asOttlaError } from '../timing.ts';
import type { PartitionCursor } from './partition-cursor.ts';

export interface LookupListener {
  onFound(cursor: PartitionCursor): void;
  onFailed(cursor: PartitionCursor, error: OttlaError): void;
}

/**
 * Turns `earliest`, `latest` and moments into offsets, one question for all that begin together.
 */
export class PositionLookup {
  readonly #context: ClientContext;
  readonly #listener: LookupListener;
  readonly #abort = new AbortController();
  /** Those that wait for the next question. */
  #next: PartitionCursor[] = [];
  /** The generation that is being looked up, by cursor. */
  readonly #asked = new Map<PartitionCursor, number>();
  #isPlanned = false;

  constructor(context: ClientContext, listener: LookupListener) {
    this.#context = context;
    this.#listener = listener;
  }

  /** Looks the cursor's `from` up; does nothing while that is being done. */
  begin(cursor: PartitionCursor): void {
    if (this.#asked.get(cursor) === cursor.generation) return;
    this.#asked.set(cursor, cursor.generation);
    this.#next.push(cursor);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#context.clock.defer(() => {
      this.#isPlanned = false;
      void this.#ask(this.#next.splice(0));
    });
  }

  close(): void {
    this.#abort.abort();
    this.#next = [];
  }

  /** Never rejects: the listener hears of a failure. */
  async #ask(cursors: readonly PartitionCursor[]): Promise<void> {
    const asked = cursors.map((cursor) => ({ cursor, generation: cursor.generation }));
    const { signal } = this.#abort;
    try {
      const found = await listOffsets(this.#context, cursors.map(questionOf), { signal });
      const missing = found.flatMap(({ offset }, at) =>
        offset === undefined && asked[at] !== undefined ? [asked[at]] : [],
      );
      asked.forEach(({ cursor, generation }, at) => {
        const offset = found[at]?.offset;
        if (offset !== undefined) this.#settle(cursor, generation, offset);
      });
      // No record is that young: the reader waits at the end for those to come.
      const ends = await listOffsets(
        this.#context,
        missing.map(({ cursor: { topic, partition } }) => ({ topic, partition, at: 'latest' })),
        { signal },
      );
      missing.forEach(({ cursor, generation }, at) => {
        this.#settle(cursor, generation, ends[at]?.offset ?? 0);
      });
    } catch (error) {
      if (signal.aborted) return;
      for (const { cursor, generation } of asked) {
        if (this.#asked.get(cursor) !== generation) continue;
        this.#asked.delete(cursor);
        if (cursor.generation === generation) this.#listener.onFailed(cursor, asOttlaError(error));
      }
    }
  }

  #settle(cursor: PartitionCursor, generation: number, offset: number): void {
    if (this.#asked.get(cursor) === generation) this.#asked.delete(cursor);
    cursor.resolve(offset, generation);
    this.#listener.onFound(cursor);
  }
}

const questionOf = (
  cursor: PartitionCursor,
): {
  topic: string;
  partition: number;
  at: 'earliest' | 'latest' | { readonly timestampMs: number };
} => {
  const { topic, partition, from = 'latest' } = cursor;
  const at = typeof from === 'object' && 'offset' in from ? 'latest' : from;
  return { topic, partition, at };
};
