import type { Offset } from '../../base/ids.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';

/** How far a partition is: all before `nextOffset` is finished. */
export interface Progress {
  readonly nextOffset: Offset;
  /** What is finished above, as `encodeFinished` writes it. */
  readonly finished: string;
}

/** Records that are handled side by side, as the holdings of a consumer see them. */
export interface Work {
  /** Undefined: nothing of it was taken in. */
  progressOf(cursor: PartitionCursor): Progress | undefined;
  /** Begins nothing more of them; resolves when their handlers are done, or had time enough. */
  release(cursors: readonly PartitionCursor[]): Promise<void>;
  /** It is another member's, or goes on elsewhere: nothing that was taken in counts any more. */
  drop(cursor: PartitionCursor): void;
  /** Partitions may have been resumed. */
  wake(): void;
}
