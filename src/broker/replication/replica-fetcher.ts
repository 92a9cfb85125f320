import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { BrokerEpoch, ClusterId, LeaderEpoch, NodeId, Offset } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import type { Clock, Timer } from '../../env/clock.ts';
import type { Logger } from '../../env/logger.ts';
import type { Random } from '../../env/random.ts';
import type { Stream, StreamListener, Transport } from '../../env/transport.ts';
import type {
  PartitionRef,
  ReplicaDown,
  ReplicaDownPartition,
  ReplicaFetchPartition,
  ReplicaUp,
} from '../../gen/ottla.ts';
import { ReplicaService } from '../../gen/ottla.ts';
import { BodyReader } from '../body-reader.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';
import type { OnFatal } from '../guard.ts';
import type { NewsOutcome } from './apply-news.ts';
import { applyNews } from './apply-news.ts';
import { Backoff } from './backoff.ts';
import type { CatchUpRate } from './catch-up-rate.ts';
import type { CatchUpLimits, ReplicaLane } from './lane.ts';
import { decideLane } from './lane.ts';
import type { Partition } from './partition.ts';

const MAX_WAIT_MS = 500;
const MAX_BYTES = 4 * 1024 * 1024;
/**
 * Of copies that can wait. What comes is synced in the rounds that live records are synced in, and
 * holds both event loops: no live record shall wait for more than this at a time.
 */
const COPY_MAX_BYTES = 256 * 1024;
/** A leader that answers no fetch for this long is taken for gone, and the stream opened anew. */
const SILENCE_MS = MAX_WAIT_MS * 3;
const RETRY_MS = 50;
/** A pause looks again after so long: the rate may be another by then. */
const PAUSE_MAX_MS = 500;

export interface FetcherHost {
  readonly brokerId: NodeId;
  readonly clusterId: ClusterId;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: Deadlines;
  readonly transport: Transport;
  readonly logger: Logger;
  readonly onFatal: OnFatal;
  readonly catchUp: CatchUpLimits;
  readonly catchUpRate: CatchUpRate;
  /** Bytes came for a replica that is not in sync, over the stream for those far behind. */
  readonly onCaughtUpBytes: (bytes: number) => void;
}

/** Who has the streams of all lanes. */
export interface FetcherOwner {
  /** A number above all before. */
  nextStreamNumber(): number;
  /** The partition belongs on the other stream: `release` it, and follow it there. */
  onMisplaced(partition: Partition, lane: ReplicaLane): void;
}

export interface FetcherTarget {
  readonly leaderId: NodeId;
  readonly address: string;
  /** The own registration that is vouched for. */
  readonly brokerEpoch: BrokerEpoch;
  readonly lane: ReplicaLane;
}

interface Followed {
  readonly partition: Partition;
  readonly leaderEpoch: LeaderEpoch;
  /** To be named in the next fetch. */
  isDue: boolean;
  /** Named on this stream: the leader takes its progress. */
  isNamed: boolean;
  /** Not to be named before its log is ready. */
  isWaiting: boolean;
  /** Of what came last; 0 before anything has. */
  bytesPerOffset: number;
  /** Where the leader ended when something came last; NONE before anything has. */
  leaderEndOffset: Offset;
  /** The leader's end went on by no more than half of what came last. */
  isGaining: boolean;
}

interface Releasing {
  readonly ref: PartitionRef;
  readonly onReleased: () => void;
}

/**
 * Follows one leader broker: one stream for the partitions that it leads and this broker
 * replicates, those far behind on another one. Appends what comes and asks for more at once; what
 * has become durable is reported when it is, on its own. A stream that ends is opened anew, and
 * with it everything is named again.
 */
export class ReplicaFetcher {
  readonly target: FetcherTarget;
  readonly #host: FetcherHost;
  readonly #owner: FetcherOwner;
  readonly #logger: Logger;
  readonly #backoff: Backoff;
  readonly #followed = new Map<string, Followed>();
  readonly #flushed = new Set<Followed>();
  /** Removed, until the leader has said so. */
  readonly #releasing = new Map<string, Releasing>();
  #removed: PartitionRef[] = [];
  #stream: Stream<ReplicaUp> | undefined;
  #silence: Timer | undefined;
  /** The next fetch waits for `CatchUpRate`. */
  #pause: Deadline | undefined;
  /** When the fetch that is open was sent. */
  #askedAtMs: number | undefined;
  #isScheduled = false;
  #isClosed = false;

  constructor(host: FetcherHost, owner: FetcherOwner, target: FetcherTarget) {
    this.#host = host;
    this.#owner = owner;
    this.target = target;
    this.#logger = host.logger.child({ leader: target.leaderId, address: target.address });
    this.#backoff = new Backoff(host, { firstMs: 20, maxMs: 500 });
    this.#connect();
  }

  get partitionCount(): number {
    return this.#followed.size + this.#releasing.size;
  }

  follow(partition: Partition): void {
    const { leaderEpoch } = partition.core;
    const known = this.#followed.get(partition.key);
    if (known?.partition === partition && known.leaderEpoch === leaderEpoch) return;
    const flags = { isDue: false, isNamed: false, isWaiting: false };
    const nothingYet = { bytesPerOffset: 0, leaderEndOffset: NONE, isGaining: true };
    const followed = { partition, leaderEpoch, ...flags, ...nothingYet };
    this.#followed.set(partition.key, followed);
    // An election that hangs in the disk goes before: who cannot sync shall not look in sync.
    this.#nameAfter(followed, partition.logWorkDone());
  }

  /**
   * Follows the partition no longer and calls back when the leader has let go of it too: until
   * then a fetch that is under way could name it behind another stream's back.
   */
  release(key: string, onReleased: () => void): void {
    const followed = this.#followed.get(key);
    if (followed === undefined) return;
    this.unfollow(key);
    const { topicId, partition } = followed.partition;
    this.#releasing.set(key, { ref: { topicId, partition }, onReleased });
  }

  unfollow(key: string): void {
    this.#releasing.delete(key);
    const followed = this.#followed.get(key);
    if (followed === undefined) return;
    this.#followed.delete(key);
    this.#flushed.delete(followed);
    const { topicId, partition } = followed.partition;
    this.#removed.push({ topicId, partition });
    this.#schedule();
  }

  /** More of this partition's log is durable: the leader hears of it before anything else. */
  onFlushed(partition: Partition): void {
    const followed = this.#followed.get(partition.key);
    if (followed === undefined || !followed.isNamed) return;
    this.#flushed.add(followed);
    this.#schedule();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#endPause();
    this.#silence?.cancel();
    this.#backoff.cancel();
    this.#followed.clear();
    this.#flushed.clear();
    this.#releasing.clear();
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.close();
  }

  #connect(): void {
    if (this.#isClosed) return;
    const { transport, clusterId, brokerId } = this.#host;
    const { address, leaderId, brokerEpoch, lane } = this.target;
    this.#removed = [...this.#releasing.values()].map(({ ref }) => ref);
    this.#flushed.clear();
    this.#endPause();
    this.#askedAtMs = undefined;
    for (const followed of this.#followed.values()) {
      followed.isDue = !followed.isWaiting;
      followed.isNamed = false;
    }
    const listener: StreamListener<ReplicaDown> = {
      onMessage: (message) => {
        if (this.#stream === stream) this.#take(message);
      },
      onClose: (error) => {
        if (this.#stream === stream) this.#onLost(error);
      },
    };
    const stream = transport.open(address, ReplicaService.replicate, { lane, listener });
    this.#stream = stream;
    const hello = { clusterId, brokerId, brokerEpoch, leaderBrokerId: leaderId };
    const streamNumber = this.#owner.nextStreamNumber();
    const value = { ...hello, isCatchUp: lane === 'catchup', streamNumber };
    stream.send({ kind: 'hello', value });
    this.#sendFetch();
  }

  #onLost(error: Error | undefined): void {
    this.#stream = undefined;
    this.#silence?.cancel();
    if (this.#isClosed) return;
    this.#logger.debug('replica stream ended', { reason: error?.message });
    this.#backoff.schedule(() => this.#connect());
  }

  /** `closedWith`: what the transport is to know of the stream that is given up. */
  #reconnect(reason: string, closedWith?: OttlaError): void {
    const stream = this.#stream;
    this.#onLost(new OttlaError('NETWORK_EXCEPTION', reason));
    stream?.close(closedWith);
  }

  /** A frame that is not whole ends the stream; a bug ends the node. */
  #take(message: ReplicaDown): void {
    try {
      this.#onMessage(message);
    } catch (error) {
      if (error instanceof OttlaError) this.#reconnect(error.message);
      else this.#host.onFatal(error as Error);
    }
  }

  #onMessage({ header, body }: ReplicaDown): void {
    if (header.errorCode !== 0) {
      const code = errorCodeOf(header.errorCode);
      this.#logger.warn('the leader refused the replica stream', { code });
      this.#reconnect(`the leader answered ${code}`);
      return;
    }
    this.#backoff.reset();
    const reader = new BodyReader(body);
    for (const news of header.partitions) {
      const bytes = reader.take(news.lengthBytes);
      const followed = this.#followed.get(partitionKey(news.topicId, news.partition));
      if (followed === undefined || !followed.isNamed) continue;
      const { logEndOffset } = followed.partition.log;
      this.#apply(followed, () => applyNews(followed, news, bytes));
      if (bytes.length > 0) measure(followed, { bytes, endBefore: logEndOffset, news });
      this.#payFor(followed, bytes.length);
      this.#maybeMove(followed, news);
    }
    for (const { topicId, partition } of header.released) {
      this.#onReleased(partitionKey(topicId, partition));
    }
    if (header.answersFetch) this.#onAnswered(body.length);
  }

  /** A replica in sync is waited for by producers: it is not held back, nor counted. */
  #payFor({ partition }: Followed, bytes: number): void {
    const { brokerId, clock, catchUpRate, onCaughtUpBytes } = this.#host;
    if (bytes === 0 || this.target.lane !== 'catchup') return;
    if (partition.core.committedIsr.includes(brokerId)) return;
    catchUpRate.take(bytes, clock.monotonicMs());
    onCaughtUpBytes(bytes);
  }

  #onAnswered(bytes: number): void {
    const { clock, catchUpRate } = this.#host;
    const nowMs = clock.monotonicMs();
    const tookMs = nowMs - (this.#askedAtMs ?? nowMs);
    this.#askedAtMs = undefined;
    if (bytes > 0 && this.#canWait()) catchUpRate.onCopied(tookMs, nowMs);
    this.#fetchNext();
  }

  /**
   * Nothing is here but copies that nobody waits for and that gain on their leader. One that does
   * not, because of what is produced meanwhile, would never be in sync: it takes what it can get.
   */
  #canWait(): boolean {
    if (this.target.lane !== 'catchup') return false;
    const followed = [...this.#followed.values()];
    return followed.every(({ partition, isGaining }) => isGaining && partition.core.isExtra);
  }

  /** At once, or when what came is paid for, or rested from: no answer is due until then. */
  #fetchNext(): void {
    const waitMs = this.target.lane === 'catchup' ? this.#waitMs() : 0;
    if (waitMs === 0) {
      this.#sendFetch();
      return;
    }
    this.#silence?.cancel();
    this.#pause?.cancel();
    this.#pause = this.#host.deadlines.add(Math.min(waitMs, PAUSE_MAX_MS), () => {
      this.#pause = undefined;
      if (!this.#isClosed && this.#stream !== undefined) this.#fetchNext();
    });
  }

  #waitMs(): number {
    const { clock, catchUpRate } = this.#host;
    const nowMs = clock.monotonicMs();
    return Math.max(catchUpRate.waitMs(nowMs), this.#canWait() ? catchUpRate.restMs(nowMs) : 0);
  }

  #endPause(): void {
    this.#pause?.cancel();
    this.#pause = undefined;
  }

  #onReleased(key: string): void {
    const releasing = this.#releasing.get(key);
    this.#releasing.delete(key);
    releasing?.onReleased();
  }

  /** Judged by all news: a replica that has everything is as near as can be. */
  #maybeMove(followed: Followed, news: ReplicaDownPartition): void {
    const { partition, leaderEpoch, bytesPerOffset } = followed;
    const isPlain = news.errorCode === 0 && news.diverging === undefined;
    if (!isPlain || followed.isWaiting || news.leaderEpoch !== leaderEpoch) return;
    if (this.#followed.get(partition.key) !== followed) return;
    const behind = Math.max(0, news.logEndOffset - partition.log.logEndOffset);
    if (behind > 0 && bytesPerOffset === 0) return;
    const lane = decideLane(this.target.lane, behind * bytesPerOffset, this.#host.catchUp);
    if (lane !== this.target.lane) this.#owner.onMisplaced(partition, lane);
  }

  /** Acts on one partition's news. Whatever goes wrong with one never stops the others. */
  #apply(followed: Followed, act: () => NewsOutcome): void {
    try {
      const outcome = act();
      if (outcome === 'done') return;
      if (outcome === 'next') followed.isDue = true;
      else if (outcome === 'tell') this.#makeDue(followed);
      else if (outcome === 'retry') this.#retryLater(followed);
      else this.#nameAfter(followed, outcome);
    } catch (error) {
      this.#onFailed(followed, error);
    }
  }

  /** The log is being changed: the leader hears from this partition when that is durable. */
  #nameAfter(followed: Followed, change: Promise<void>): void {
    followed.isNamed = false;
    followed.isWaiting = true;
    change.then(
      () => this.#makeDue(followed),
      (error: unknown) => this.#onFailed(followed, error),
    );
  }

  #onFailed(followed: Followed, error: unknown): void {
    if (!(error instanceof OttlaError)) {
      this.#host.onFatal(error as Error);
      return;
    }
    this.#logger.warn('replication of a partition was set back', {
      partition: followed.partition.describe(),
      code: error.code,
      reason: error.message,
    });
    if (followed.partition.isOffline) return;
    this.#retryLater(followed);
  }

  #retryLater(followed: Followed): void {
    followed.isNamed = false;
    followed.isWaiting = true;
    this.#host.deadlines.add(RETRY_MS, () => this.#makeDue(followed));
  }

  #makeDue(followed: Followed): void {
    followed.isDue = true;
    followed.isWaiting = false;
    if (this.#followed.get(followed.partition.key) === followed) this.#schedule();
  }

  /** Coalesces what one event brings: new partitions, removals and progress. */
  #schedule(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    this.#host.clock.defer(() => {
      this.#isScheduled = false;
      if (this.#stream === undefined) return;
      this.#sendProgress();
      // A pause ends with a fetch for all; only what another stream waits for does not wait.
      const isPausing = this.#pause !== undefined;
      const hasChanges = !isPausing && [...this.#followed.values()].some(({ isDue }) => isDue);
      if (hasChanges || this.#removed.length > 0) this.#sendFetch();
    });
  }

  #sendProgress(): void {
    if (this.#flushed.size === 0) return;
    const positions = [...this.#flushed].map(({ partition, leaderEpoch }) => ({
      topicId: partition.topicId,
      partition: partition.partition,
      leaderEpoch,
      flushedOffset: partition.log.flushedOffset,
    }));
    this.#flushed.clear();
    this.#stream?.send({ kind: 'progress', value: { positions } });
  }

  #sendFetch(): void {
    this.#endPause();
    const partitions: ReplicaFetchPartition[] = [];
    for (const followed of this.#followed.values()) {
      if (!followed.isDue) continue;
      followed.isDue = false;
      followed.isNamed = true;
      partitions.push(positionOf(followed));
    }
    const removed = this.#removed;
    this.#removed = [];
    const maxBytes = this.#canWait() ? COPY_MAX_BYTES : MAX_BYTES;
    const value = { maxWaitMs: MAX_WAIT_MS, maxBytes, partitions, removed };
    this.#stream?.send({ kind: 'fetch', value });
    this.#askedAtMs ??= this.#host.clock.monotonicMs();
    this.#watchForSilence();
  }

  #watchForSilence(): void {
    this.#silence?.cancel();
    this.#silence = this.#host.clock.setTimer(SILENCE_MS, () => {
      const reason = `no answer for ${SILENCE_MS} ms`;
      this.#reconnect(reason, new OttlaError('REQUEST_TIMED_OUT', reason));
    });
  }
}

interface Received {
  readonly bytes: Uint8Array;
  readonly endBefore: Offset;
  readonly news: ReplicaDownPartition;
}

const measure = (followed: Followed, { bytes, endBefore, news }: Received): void => {
  const count = followed.partition.log.logEndOffset - endBefore;
  if (count <= 0) return;
  followed.bytesPerOffset = bytes.length / count;
  const { leaderEndOffset } = followed;
  const newCount = leaderEndOffset === NONE ? 0 : news.logEndOffset - leaderEndOffset;
  followed.isGaining = newCount <= count / 2;
  followed.leaderEndOffset = news.logEndOffset;
};

const positionOf = ({ partition, leaderEpoch }: Followed): ReplicaFetchPartition => ({
  topicId: partition.topicId,
  partition: partition.partition,
  currentLeaderEpoch: leaderEpoch,
  fetchOffset: partition.log.logEndOffset,
  lastFetchedEpoch: partition.log.latestEpoch(),
  flushedOffset: partition.log.flushedOffset,
  logStartOffset: partition.log.logStartOffset,
});
