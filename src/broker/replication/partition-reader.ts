import { OttlaError } from '../../base/errors.ts';
import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import type { PartitionLog } from '../../log/partition-log.ts';
import type { ReadResult } from '../../log/read.ts';

export interface ReadRequest {
  readonly fetchOffset: Offset;
  readonly maxBytes: number;
  /** False: nothing rather than a batch larger than `maxBytes`. */
  readonly atLeastOne: boolean;
  readonly withoutGaps?: boolean;
}

/** What was read from the disk. */
export type ColdRead = Pick<ReadResult, 'parts' | 'loan'>;

/** What reading needs of the replica. */
export interface ReadableReplica {
  readonly log: PartitionLog;
  readonly highWatermark: Offset;
  readonly core: { readonly leaderEpoch: LeaderEpoch };
  /** Throws unless this broker leads. */
  requireLeader(): void;
  /**
   * A read has failed: rot and failing devices take the replica out of service. Returns the error
   * for whoever asked: one that is repeated, because another replica leads soon.
   */
  onReadFailed(error: unknown): unknown;
  describe(): string;
}

/**
 * Reads of one led replica. What is in memory is read within the call; the rest in the pool, so
 * that a reader far behind never holds the event loop. Errors of all: OFFSET_OUT_OF_RANGE and those
 * of the log; of the cold ones also NOT_LEADER_OR_FOLLOWER when the leadership that was read in
 * ended meanwhile. The parts belong to the log: they must not be written to.
 */
export class PartitionReader {
  readonly #replica: ReadableReplica;

  constructor(replica: ReadableReplica) {
    this.#replica = replica;
  }

  /** True when reading committed records from there needs the disk. */
  isCommittedCold(fetchOffset: Offset): boolean {
    return this.#isCold(fetchOffset, this.#replica.highWatermark);
  }

  /** True when reading for a follower from there needs the disk. */
  isCold(fetchOffset: Offset): boolean {
    return this.#isCold(fetchOffset, this.#replica.log.logEndOffset);
  }

  /** Up to the high watermark; what compaction emptied is left out. */
  readCommitted(request: ReadRequest): readonly Uint8Array[] {
    this.#requireInRange(request);
    return this.#read({ ...request, withoutGaps: true }, this.#replica.highWatermark);
  }

  /**
   * As `readCommitted`; what retention or a new leader took away meanwhile is not given. Where the
   * parts are the caller's alone, it may give their memory back.
   */
  async readCommittedCold(request: ReadRequest): Promise<ColdRead> {
    this.#requireInRange(request);
    const withoutGaps = { ...request, withoutGaps: true };
    const read = await this.#readCold(withoutGaps, this.#replica.highWatermark);
    this.#requireInRange(request);
    return read;
  }

  /** Up to the end of the log, for a follower whose position was checked. */
  readForFollower(request: ReadRequest): readonly Uint8Array[] {
    return this.#read(request, this.#replica.log.logEndOffset);
  }

  async readForFollowerCold(request: ReadRequest): Promise<readonly Uint8Array[]> {
    const { parts } = await this.#readCold(request, this.#replica.log.logEndOffset);
    return parts;
  }

  /** The first committed record at or after a time, or undefined. */
  offsetForTimestamp(timestampMs: number): ReturnType<PartitionLog['offsetForTimestamp']> {
    const { log, highWatermark } = this.#replica;
    try {
      return log.offsetForTimestamp(timestampMs, highWatermark);
    } catch (error) {
      throw this.#replica.onReadFailed(error);
    }
  }

  #isCold(fetchOffset: Offset, endOffset: Offset): boolean {
    const { log } = this.#replica;
    const isToRead = fetchOffset >= log.logStartOffset && fetchOffset < endOffset;
    return isToRead && !log.isCached(fetchOffset);
  }

  #read(request: ReadRequest, endOffset: Offset): readonly Uint8Array[] {
    if (request.fetchOffset >= endOffset) return [];
    try {
      return this.#replica.log.read({ ...request, endOffset }).parts;
    } catch (error) {
      throw this.#replica.onReadFailed(error);
    }
  }

  async #readCold(request: ReadRequest, endOffset: Offset): Promise<ColdRead> {
    if (request.fetchOffset >= endOffset) return { parts: [] };
    const { leaderEpoch } = this.#replica.core;
    try {
      const read = await this.#replica.log.readCold({ ...request, endOffset });
      this.#requireStill(leaderEpoch);
      return read;
    } catch (error) {
      // Of a log that was let go of meanwhile, or now follows another, nothing is concluded.
      this.#requireStill(leaderEpoch);
      throw this.#replica.onReadFailed(error);
    }
  }

  #requireStill(leaderEpoch: LeaderEpoch): void {
    const replica = this.#replica;
    replica.requireLeader();
    if (replica.core.leaderEpoch === leaderEpoch) return;
    throw new OttlaError(
      'NOT_LEADER_OR_FOLLOWER',
      `the leadership of ${replica.describe()} that was read in has ended: refresh the metadata`,
    );
  }

  #requireInRange({ fetchOffset }: ReadRequest): void {
    const { logStartOffset, logEndOffset } = this.#replica.log;
    if (fetchOffset >= logStartOffset && fetchOffset <= logEndOffset) return;
    throw new OttlaError(
      'OFFSET_OUT_OF_RANGE',
      `${this.#replica.describe()} has offsets ${logStartOffset} to ${logEndOffset}, not ${fetchOffset}`,
    );
  }
}
