import type { BrokerEpoch, NodeId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { ReplicaLane } from './lane.ts';
import type { Partition } from './partition.ts';
import type { FetcherHost, FetcherOwner } from './replica-fetcher.ts';
import { ReplicaFetcher } from './replica-fetcher.ts';

interface Assigned {
  readonly partition: Partition;
  readonly leaderId: NodeId;
  lane: ReplicaLane;
  /** The stream of `lane` is letting go of it; no other may name it yet. */
  isMoving: boolean;
}

/**
 * All followed partitions of this broker. Each leader broker has a fetcher, and a second one on a
 * connection of its own while some partition is far behind: its catch-up delays nobody. A partition
 * is on one stream at a time.
 */
export class ReplicaFetchers implements FetcherOwner {
  readonly #host: FetcherHost;
  readonly #fetchers = new Map<string, ReplicaFetcher>();
  readonly #assigned = new Map<string, Assigned>();
  #addresses: ReadonlyMap<NodeId, { readonly peerAddress: string }> = new Map();
  #brokerEpoch: BrokerEpoch = NONE;
  #streamNumber = 0;

  constructor(host: FetcherHost) {
    this.#host = host;
  }

  /** A new registration: the leaders must be told, so all streams are opened anew. */
  onRegistered(brokerEpoch: BrokerEpoch): void {
    if (brokerEpoch === this.#brokerEpoch) return;
    this.#brokerEpoch = brokerEpoch;
    for (const fetcher of [...this.#fetchers.values()]) this.#drop(fetcher);
    this.#assignAll();
  }

  /** Brokers may have moved to other addresses, or become known. */
  onBrokers(brokers: ReadonlyMap<NodeId, { readonly peerAddress: string }>): void {
    this.#addresses = brokers;
    for (const fetcher of [...this.#fetchers.values()]) {
      const { leaderId, address } = fetcher.target;
      if (brokers.get(leaderId)?.peerAddress !== address) this.#drop(fetcher);
    }
    this.#assignAll();
  }

  /** Follows the partition's leader of this moment; does nothing where it is followed already. */
  assign(partition: Partition): void {
    const { role, leaderId } = partition.core;
    const known = this.#assigned.get(partition.key);
    const isFollowing = role === 'follower' && leaderId !== NONE;
    const isKept = isFollowing && known?.leaderId === leaderId && known.partition === partition;
    if (known !== undefined && !isKept) this.unassign(partition.key);
    if (!isFollowing) return;
    const assigned: Assigned =
      known !== undefined && isKept
        ? known
        : { partition, leaderId, lane: 'data', isMoving: false };
    this.#assigned.set(partition.key, assigned);
    this.#follow(assigned);
  }

  unassign(key: string): void {
    const known = this.#assigned.get(key);
    if (known === undefined) return;
    this.#assigned.delete(key);
    const fetcher = this.#fetchers.get(nameOf(known));
    fetcher?.unfollow(key);
    this.#dropIfIdle(fetcher);
  }

  onFlushed(partition: Partition): void {
    const known = this.#assigned.get(partition.key);
    if (known !== undefined) this.#fetchers.get(nameOf(known))?.onFlushed(partition);
  }

  nextStreamNumber(): number {
    this.#streamNumber += 1;
    return this.#streamNumber;
  }

  /**
   * The old stream lets go of the partition at both ends before the new one names it, with where
   * it stands by then. What becomes durable in between is in that naming.
   */
  onMisplaced(partition: Partition, lane: ReplicaLane): void {
    const known = this.#assigned.get(partition.key);
    if (known?.partition !== partition || known.isMoving) return;
    const from = this.#fetchers.get(nameOf(known));
    known.isMoving = true;
    from?.release(partition.key, () => {
      if (this.#assigned.get(partition.key) !== known) return;
      known.isMoving = false;
      known.lane = lane;
      this.#follow(known);
      this.#dropIfIdle(from);
    });
  }

  /** The stream that a partition is on, for tests and metrics. */
  laneOf(key: string): ReplicaLane | undefined {
    return this.#assigned.get(key)?.lane;
  }

  close(): void {
    for (const fetcher of [...this.#fetchers.values()]) this.#drop(fetcher);
    this.#assigned.clear();
  }

  #assignAll(): void {
    for (const { partition } of [...this.#assigned.values()]) this.assign(partition);
  }

  #follow(assigned: Assigned): void {
    if (!assigned.isMoving) this.#fetcherFor(assigned)?.follow(assigned.partition);
  }

  #fetcherFor({ leaderId, lane }: Assigned): ReplicaFetcher | undefined {
    const name = nameOf({ leaderId, lane });
    const known = this.#fetchers.get(name);
    const address = this.#addresses.get(leaderId)?.peerAddress;
    if (known !== undefined || address === undefined || this.#brokerEpoch === NONE) return known;
    const target = { leaderId, address, brokerEpoch: this.#brokerEpoch, lane };
    const fetcher = new ReplicaFetcher(this.#host, this, target);
    this.#fetchers.set(name, fetcher);
    return fetcher;
  }

  #dropIfIdle(fetcher: ReplicaFetcher | undefined): void {
    if (fetcher?.partitionCount === 0) this.#drop(fetcher);
  }

  /** Who was about to leave the stream is followed on the same lane again, by its next stream. */
  #drop(fetcher: ReplicaFetcher): void {
    fetcher.close();
    const name = nameOf(fetcher.target);
    if (this.#fetchers.get(name) === fetcher) this.#fetchers.delete(name);
    for (const assigned of this.#assigned.values()) {
      if (nameOf(assigned) === name) assigned.isMoving = false;
    }
  }
}

const nameOf = ({ lane, leaderId }: Pick<Assigned, 'lane' | 'leaderId'>): string =>
  `${lane} ${leaderId}`;
