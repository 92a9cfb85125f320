import type {
  FlushedOffset,
  LeaderEpoch,
  Offset,
  SettledOffset,
  TopicPartition,
} from '../base/ids.ts';
import type { DiskFile } from '../env/disk.ts';
import type { FlushMode } from './log-config.ts';

/** What must reach the device for one log to be durable as it was when this was asked for. */
export interface FlushWork {
  /** A file to be durable before the segments count: the leader-epoch history. */
  readonly prepare: (() => Promise<void>) | undefined;
  readonly files: readonly DiskFile[];
  /** A directory in which names were made or removed. */
  readonly directory: string | undefined;
  /** All is synced; true when the log's flushed offset has moved. */
  complete(): boolean;
  /** Called once, before `complete` or instead of it: what did not complete stays to be done. */
  release(isSynced: boolean): void;
  /** Slow extras that no one waits for: producer snapshots. */
  finish(): Promise<void>;
}

/** What the journal must hold for one log to be durable as it was when this was asked for. */
export interface JournalWork {
  /** Inclusive. */
  readonly firstOffset: Offset;
  /** Exclusive. */
  readonly endOffset: Offset;
  readonly parts: readonly Uint8Array[];
  /** The journal is synced; true when the log's flushed offset has moved. */
  complete(): boolean;
}

/** What there is to do for one log. */
export interface Flushing {
  readonly unflushedBytes: number;
  /** A segment was closed since the last flush. */
  readonly isDue: boolean;
  /** Bytes of an entry in the journal; undefined where segments must be synced. */
  readonly entryBytes: number | undefined;
  /** Makes all settled, and where `isWhole` the history too; undefined where all is. */
  begin(isWhole: boolean): FlushWork | undefined;
  /** Makes all durable, where there are `entryBytes`. */
  beginEntry(): JournalWork;
}

export interface FlushableLog extends TopicPartition {
  readonly flushMode: FlushMode;
  readonly flushedOffset: FlushedOffset;
  readonly settledOffset: SettledOffset;
  readonly flushing: Flushing;
  latestEpoch(): LeaderEpoch;
}

/** What a log asks of its flusher. */
export interface FlushQueue {
  /** Rounds may go by a journal: only those logs that the checkpoint lists. */
  readonly hasJournal: boolean;
  markDirty(log: FlushableLog): void;
  flush(log: FlushableLog): Promise<void>;
  settle(log: FlushableLog): Promise<void>;
  isJournalled(log: FlushableLog): boolean;
  cut(log: FlushableLog, endOffset: Offset): Promise<boolean>;
  whenIdle(): Promise<void>;
  forget(log: FlushableLog): void;
}
