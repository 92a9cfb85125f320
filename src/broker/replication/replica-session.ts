import { errorNumber, OttlaError } from '../../base/errors.ts';
import type { BrokerEpoch, NodeId, Offset } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import type { Clock } from '../../env/clock.ts';
import type { Stream } from '../../env/transport.ts';
import type {
  PartitionRef,
  ReplicaDown,
  ReplicaDownHeader,
  ReplicaDownPartition,
  ReplicaFetch,
  ReplicaFetchPartition,
  ReplicaProgress,
  ReplicaUp,
} from '../../gen/ottla.ts';
import { flushedTo } from '../../log/flushed-offset.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';
import type { OnFatal } from '../guard.ts';
import type { Partition, PartitionWatcher } from './partition.ts';

const PARTITION_BYTES_MAX = 1024 * 1024;
const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;

/** What the follower has named and not removed. */
interface Followed {
  readonly partition: Partition;
  readonly fetchOffset: Offset;
  /** Data was sent for this offset: no more before the follower names the next one. */
  isServed: boolean;
  /** Read from disk and not sent yet. */
  cold: readonly Uint8Array[] | undefined;
  toldHighWatermark: Offset;
  toldLogStart: Offset;
}

export interface SessionHost {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly onFatal: OnFatal;
  partitionAt(key: string): Partition | undefined;
}

export interface SessionPeer {
  readonly brokerId: NodeId;
  readonly brokerEpoch: BrokerEpoch;
}

/**
 * One follower's stream at the leader: which partitions it follows, from where, and the one fetch
 * that is open. A fetch that comes while another is open adds to it. What is in memory is
 * answered at once; what is not is read in the pool, one partition at a time, and goes out when it
 * is there. Memory is bounded: at most one response of data is unanswered, one read from disk waits
 * beside it, and nothing is sent while the peer is slow.
 */
export class ReplicaSession implements PartitionWatcher {
  readonly #host: SessionHost;
  readonly #stream: Stream<ReplicaDown>;
  readonly #peer: SessionPeer;
  readonly #followed = new Map<string, Followed>();
  /** First come first served, so that no partition starves another. */
  readonly #readable = new Set<Followed>();
  readonly #moved = new Set<Followed>();
  /** Errors and divergences found since the last response. */
  #verdicts: ReplicaDownPartition[] = [];
  /** Removed, and not told to be. */
  #released: PartitionRef[] = [];
  #open: { readonly maxBytes: number; readonly deadline: Deadline; isDue: boolean } | undefined;
  /** A read is in the pool, or has come back and waits to be sent. */
  #cold: Followed | undefined;
  #isScheduled = false;
  #isWritable = true;
  #isClosed = false;

  constructor(host: SessionHost, stream: Stream<ReplicaDown>, peer: SessionPeer) {
    this.#host = host;
    this.#stream = stream;
    this.#peer = peer;
  }

  onMessage(message: ReplicaUp): void {
    if (this.#isClosed) return;
    if (message.kind === 'fetch') this.#onFetch(message.value);
    if (message.kind === 'progress') this.#onProgress(message.value);
  }

  onDrain(): void {
    this.#isWritable = true;
    this.#schedule();
  }

  onClosed(): void {
    this.#isClosed = true;
    this.#open?.deadline.cancel();
    for (const { partition } of this.#followed.values()) partition.unwatch(this);
    this.#followed.clear();
    this.#readable.clear();
    this.#moved.clear();
  }

  end(): void {
    if (this.#isClosed) return;
    this.onClosed();
    this.#stream.close();
  }

  onAppended(partition: Partition): void {
    const followed = this.#followed.get(partition.key);
    if (followed === undefined || followed.isServed) return;
    this.#readable.add(followed);
    if (this.#open !== undefined) this.#schedule();
  }

  onHighWatermark(partition: Partition): void {
    const followed = this.#followed.get(partition.key);
    if (followed === undefined) return;
    this.#moved.add(followed);
    this.#schedule();
  }

  onLogStart(partition: Partition): void {
    this.onHighWatermark(partition);
  }

  onLeadership(partition: Partition): void {
    const followed = this.#followed.get(partition.key);
    if (followed === undefined) return;
    this.#forget(partition.key);
    const code = partition.isOffline ? 'STORAGE_ERROR' : 'NOT_LEADER_OR_FOLLOWER';
    this.#verdict(followed.partition, { errorCode: errorNumber(code) });
  }

  #onFetch(fetch: ReplicaFetch): void {
    for (const { topicId, partition } of fetch.removed) {
      this.#forget(partitionKey(topicId, partition));
      this.#released.push({ topicId, partition });
    }
    for (const named of fetch.partitions) this.#onNamed(named);
    this.#open?.deadline.cancel();
    const open = {
      maxBytes: Math.min(fetch.maxBytes, RESPONSE_BYTES_MAX),
      isDue: false,
      deadline: this.#host.deadlines.add(fetch.maxWaitMs, () => {
        open.isDue = true;
        this.#schedule();
      }),
    };
    this.#open = open;
    this.#schedule();
  }

  #onNamed(named: ReplicaFetchPartition): void {
    const key = partitionKey(named.topicId, named.partition);
    const known = this.#followed.get(key);
    this.#forget(key);
    const partition = this.#host.partitionAt(key);
    if (partition === undefined) {
      const errorCode = errorNumber('UNKNOWN_TOPIC_ID');
      this.#verdicts.push({ ...NOTHING, ...named, leaderEpoch: NONE, errorCode });
      return;
    }
    try {
      const flushedOffset = flushedTo(named.flushedOffset);
      const position = { ...named, ...this.#peer, session: this, flushedOffset };
      const diverging = partition.onFollowerFetch(position);
      if (diverging !== undefined) {
        this.#verdict(partition, { diverging });
        return;
      }
    } catch (error) {
      this.#verdict(partition, { errorCode: codeOf(error) });
      return;
    }
    this.#follow(partition, named.fetchOffset, known);
  }

  #follow(partition: Partition, fetchOffset: Offset, known: Followed | undefined): void {
    const followed: Followed = {
      partition,
      fetchOffset,
      isServed: false,
      cold: undefined,
      toldHighWatermark: known?.toldHighWatermark ?? NONE,
      toldLogStart: known?.toldLogStart ?? NONE,
    };
    this.#followed.set(partition.key, followed);
    partition.watch(this);
    if (partition.log.logEndOffset > fetchOffset) this.#readable.add(followed);
    this.#moved.add(followed);
  }

  #onProgress({ positions }: ReplicaProgress): void {
    for (const { topicId, partition, leaderEpoch, flushedOffset } of positions) {
      const followed = this.#followed.get(partitionKey(topicId, partition));
      const flush = {
        brokerId: this.#peer.brokerId,
        session: this,
        flushedOffset: flushedTo(flushedOffset),
      };
      followed?.partition.onFollowerFlushed(flush, leaderEpoch);
    }
  }

  #forget(key: string): void {
    const followed = this.#followed.get(key);
    if (followed === undefined) return;
    followed.partition.unwatch(this);
    this.#followed.delete(key);
    this.#readable.delete(followed);
    this.#moved.delete(followed);
    // A read under way ends by itself; one that has come back is dropped.
    if (followed.cold !== undefined) this.#endCold(followed);
  }

  /** The follower must act on this and then name the partition anew. */
  #verdict(partition: Partition, verdict: Partial<ReplicaDownPartition>): void {
    this.#verdicts.push({ ...describePartition(partition), ...verdict });
    this.#schedule();
  }

  /** Coalesces all that one event, or several at once, have brought into one message. */
  #schedule(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    this.#host.clock.defer(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isClosed || !this.#isWritable) return;
    const open = this.#open;
    if (open !== undefined) this.#maybeReadCold(open.maxBytes);
    const hasAnswer = this.#verdicts.length > 0 || this.#hasReady();
    if (open !== undefined && (hasAnswer || open.isDue)) {
      open.deadline.cancel();
      this.#open = undefined;
      this.#respond(open.maxBytes);
      return;
    }
    const news = this.#takeNews();
    if (news.length === 0 && this.#released.length === 0) return;
    this.#send({ answersFetch: false, partitions: news }, []);
  }

  #respond(maxBytes: number): void {
    const body: Uint8Array[] = [];
    const partitions: ReplicaDownPartition[] = [];
    let leftBytes = maxBytes;
    for (const followed of [...this.#readable]) {
      if (leftBytes <= 0) break;
      if (this.#isWaitingForDisk(followed)) continue;
      const parts = this.#read(followed, { leftBytes, atLeastOne: body.length === 0 });
      const lengthBytes = sizeOf(parts);
      if (lengthBytes === 0) continue;
      this.#readable.delete(followed);
      this.#moved.delete(followed);
      followed.isServed = true;
      body.push(...parts);
      leftBytes -= lengthBytes;
      partitions.push({ ...this.#tell(followed), lengthBytes });
    }
    partitions.push(...this.#takeNews(), ...this.#verdicts);
    this.#verdicts = [];
    this.#send({ answersFetch: true, partitions }, body);
  }

  #read(
    followed: Followed,
    { leftBytes, atLeastOne }: { leftBytes: number; atLeastOne: boolean },
  ): readonly Uint8Array[] {
    const { partition, fetchOffset, cold } = followed;
    if (cold !== undefined) {
      if (!atLeastOne && sizeOf(cold) > leftBytes) return [];
      this.#endCold(followed);
      return cold;
    }
    const maxBytes = Math.min(leftBytes, PARTITION_BYTES_MAX);
    try {
      return partition.reader.readForFollower({ fetchOffset, maxBytes, atLeastOne });
    } catch (error) {
      this.#onReadFailed(followed, error);
      return [];
    }
  }

  #onReadFailed({ partition }: Followed, error: unknown): void {
    this.#forget(partition.key);
    this.#verdict(partition, { errorCode: codeOf(error) });
  }

  #hasReady(): boolean {
    for (const followed of this.#readable) if (!this.#isWaitingForDisk(followed)) return true;
    return false;
  }

  #isWaitingForDisk({ partition, fetchOffset, cold }: Followed): boolean {
    return cold === undefined && partition.reader.isCold(fetchOffset);
  }

  /** Begins the next read from disk; the one before is sent first. */
  #maybeReadCold(openBytes: number): void {
    if (this.#cold !== undefined) return;
    for (const followed of this.#readable) {
      if (!this.#isWaitingForDisk(followed)) continue;
      this.#cold = followed;
      const { partition, fetchOffset } = followed;
      const maxBytes = Math.min(openBytes, PARTITION_BYTES_MAX);
      const request = { fetchOffset, maxBytes, atLeastOne: true };
      partition.reader
        .readForFollowerCold(request)
        .then((parts) => this.#onReadCold(followed, parts))
        .catch((error) => this.#onColdFailed(followed, error));
      return;
    }
  }

  /** Named anew or removed meanwhile: the answer is to a question that is not asked any more. */
  #onReadCold(followed: Followed, parts: readonly Uint8Array[]): void {
    const isWanted = this.#cold === followed && this.#readable.has(followed);
    if (isWanted && parts.length > 0) followed.cold = parts;
    else this.#endCold(followed);
    this.#schedule();
  }

  #onColdFailed(followed: Followed, error: unknown): void {
    const isWanted = this.#readable.has(followed);
    this.#endCold(followed);
    try {
      if (isWanted) this.#onReadFailed(followed, error);
    } catch (bug) {
      this.#host.onFatal(bug as Error);
    }
    this.#schedule();
  }

  #endCold(followed: Followed): void {
    followed.cold = undefined;
    if (this.#cold === followed) this.#cold = undefined;
  }

  /** High watermarks and log starts that the follower has not been told. */
  #takeNews(): ReplicaDownPartition[] {
    const news = [...this.#moved]
      .filter(
        ({ partition, toldHighWatermark, toldLogStart }) =>
          partition.highWatermark !== toldHighWatermark ||
          partition.log.logStartOffset !== toldLogStart,
      )
      .map((followed) => this.#tell(followed));
    this.#moved.clear();
    return news;
  }

  #tell(followed: Followed): ReplicaDownPartition {
    const description = describePartition(followed.partition);
    followed.toldHighWatermark = description.highWatermark;
    followed.toldLogStart = description.logStartOffset;
    return description;
  }

  #send(
    news: Pick<ReplicaDownHeader, 'answersFetch' | 'partitions'>,
    body: readonly Uint8Array[],
  ): void {
    const header = { ...news, errorCode: 0, released: this.#released };
    this.#released = [];
    this.#isWritable = this.#stream.send({ header, body });
  }
}

const sizeOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, part) => sum + part.length, 0);

const NOTHING = {
  errorCode: 0,
  highWatermark: NONE,
  logStartOffset: NONE,
  logEndOffset: NONE,
  lengthBytes: 0,
};

const describePartition = (partition: Partition): ReplicaDownPartition => ({
  topicId: partition.topicId,
  partition: partition.partition,
  errorCode: 0,
  leaderEpoch: partition.core.leaderEpoch,
  highWatermark: partition.highWatermark,
  logStartOffset: partition.log.logStartOffset,
  logEndOffset: partition.log.logEndOffset,
  lengthBytes: 0,
});

/** The number of an operating error; anything else is a bug and goes on up. */
const codeOf = (error: unknown): number => {
  if (error instanceof OttlaError) return errorNumber(error.code);
  throw error;
};
