import { OttlaError } from '../../base/errors.ts';
import type { LeaderEpoch, NodeId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Transport } from '../../env/transport.ts';
import { ReplicaService } from '../../gen/ottla.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import type { Partition } from './partition.ts';

/** Whoever asks waits for it: longer than a pause of a peer's process, shorter than patience. */
const DEADLINE_MS = 1000;

export interface LeadershipProofOptions {
  readonly brokerId: NodeId;
  readonly transport: Transport;
  readonly image: () => MetadataImage;
}

/**
 * Tells whether this broker still leads a partition, for answers that a deposed leader would give
 * wrongly: records are safe from it, since none of its own are ever committed, but what it says to
 * be the end, or the newest, may be old.
 *
 * A successor is one of those in sync, and commits nothing before it has heard of its own epoch.
 * Where none of them knew of a later epoch when it was asked, all that was committed before the
 * question is here. Source: the read index of Raft (section 6.4 of the dissertation).
 */
export class LeadershipProof {
  readonly #options: LeadershipProofOptions;
  /** By partition: the question under way, and the one that begins when it ends. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  constructor(options: LeadershipProofOptions) {
    this.#options = options;
  }

  /**
   * Resolves when this broker has led all through, in one leader epoch, from before the call to a
   * moment after it. Throws NOT_LEADER_OR_FOLLOWER, also where a member of the in-sync set that is
   * not fenced does not answer in time. Those who ask together share a question.
   */
  prove(partition: Partition): Promise<void> {
    const { key } = partition;
    const waiting = this.#next.get(key);
    if (waiting !== undefined) return waiting;
    const running = this.#running.get(key);
    if (running === undefined) return this.#start(partition);
    // What is under way may have been answered before this caller asked.
    const next = running.catch(() => {}).then(() => this.#start(partition));
    this.#next.set(key, next);
    return next;
  }

  #start(partition: Partition): Promise<void> {
    const { key } = partition;
    this.#next.delete(key);
    const asked = this.#ask(partition);
    this.#running.set(key, asked);
    const end = (): void => {
      if (this.#running.get(key) === asked) this.#running.delete(key);
    };
    asked.then(end, end);
    return asked;
  }

  async #ask(partition: Partition): Promise<void> {
    partition.requireLeader();
    const { core } = partition;
    const { leaderEpoch } = core;
    const others = [...core.maximalIsr].filter((id) => id !== this.#options.brokerId);
    const epochs = await Promise.all(others.map((id) => this.#epochAt(id, partition)));
    partition.requireLeader();
    if (core.leaderEpoch !== leaderEpoch) throw unproved(partition, 'has begun to lead it anew');
    const silent = others.filter((id, at) => epochs[at] === undefined && !this.#isFenced(id));
    if (silent.length > 0) throw unproved(partition, `does not hear broker ${silent.join()}`);
    const isDeposed = epochs.some((epoch = leaderEpoch) => epoch > leaderEpoch);
    if (isDeposed) throw unproved(partition, 'was deposed');
  }

  /** Undefined: no answer. */
  async #epochAt(
    brokerId: NodeId,
    { topicId, partition }: Partition,
  ): Promise<LeaderEpoch | undefined> {
    const address = this.#options.image().brokers.get(brokerId)?.peerAddress;
    if (address === undefined) return undefined;
    try {
      const { leaderEpoch } = await this.#options.transport.call(
        address,
        ReplicaService.leaderEpoch,
        { request: { topicId, partition }, deadlineMs: DEADLINE_MS, lane: 'control' },
      );
      // It has no replica: it may have had one, led, and given it away to others since.
      return leaderEpoch === NONE ? undefined : leaderEpoch;
    } catch (error) {
      if (error instanceof OttlaError) return undefined;
      throw error;
    }
  }

  /** As far as this broker knows: one that is fenced leads nothing, and may be away for long. */
  #isFenced(brokerId: NodeId): boolean {
    return this.#options.image().brokers.get(brokerId)?.isFenced !== false;
  }
}

const unproved = (partition: Partition, why: string): OttlaError =>
  new OttlaError(
    'NOT_LEADER_OR_FOLLOWER',
    `this broker cannot tell whether it leads ${partition.describe()}: it ${why}; ask again`,
  );
