import type { BrokerEpoch, NodeId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Partition } from './partition.ts';
import type { FetcherHost } from './replica-fetcher.ts';
import { ReplicaFetcher } from './replica-fetcher.ts';

/** All followed partitions of this broker, one fetcher for each leader broker. */
export class ReplicaFetchers {
  readonly #host: FetcherHost;
  readonly #fetchers = new Map<NodeId, ReplicaFetcher>();
  readonly #assigned = new Map<string, { readonly partition: Partition; leaderId: NodeId }>();
  #addresses: ReadonlyMap<NodeId, { readonly peerAddress: string }> = new Map();
  #brokerEpoch: BrokerEpoch = NONE;

  constructor(host: FetcherHost) {
    this.#host = host;
  }

  /** A new registration: the leaders must be told, so all streams are opened anew. */
  onRegistered(brokerEpoch: BrokerEpoch): void {
    if (brokerEpoch === this.#brokerEpoch) return;
    this.#brokerEpoch = brokerEpoch;
    for (const leaderId of [...this.#fetchers.keys()]) this.#drop(leaderId);
    for (const { partition } of this.#assigned.values()) this.assign(partition);
  }

  /** Brokers may have moved to other addresses, or become known. */
  onBrokers(brokers: ReadonlyMap<NodeId, { readonly peerAddress: string }>): void {
    this.#addresses = brokers;
    for (const [leaderId, { target }] of [...this.#fetchers]) {
      if (brokers.get(leaderId)?.peerAddress !== target.address) this.#drop(leaderId);
    }
    for (const { partition } of this.#assigned.values()) this.assign(partition);
  }

  /** Follows the partition's leader of this moment; does nothing where it is followed already. */
  assign(partition: Partition): void {
    const { role, leaderId } = partition.core;
    const known = this.#assigned.get(partition.key);
    const isFollowing = role === 'follower' && leaderId !== NONE;
    if (known !== undefined && (!isFollowing || known.leaderId !== leaderId)) {
      this.unassign(partition.key);
    }
    if (!isFollowing) return;
    this.#assigned.set(partition.key, { partition, leaderId });
    this.#fetcherOf(leaderId)?.follow(partition);
  }

  unassign(key: string): void {
    const known = this.#assigned.get(key);
    if (known === undefined) return;
    this.#assigned.delete(key);
    const fetcher = this.#fetchers.get(known.leaderId);
    fetcher?.unfollow(key);
    if (fetcher?.partitionCount === 0) this.#drop(known.leaderId);
  }

  onFlushed(partition: Partition): void {
    const known = this.#assigned.get(partition.key);
    if (known !== undefined) this.#fetchers.get(known.leaderId)?.onFlushed(partition);
  }

  close(): void {
    for (const leaderId of [...this.#fetchers.keys()]) this.#drop(leaderId);
    this.#assigned.clear();
  }

  #fetcherOf(leaderId: NodeId): ReplicaFetcher | undefined {
    const known = this.#fetchers.get(leaderId);
    const address = this.#addresses.get(leaderId)?.peerAddress;
    if (known !== undefined || address === undefined || this.#brokerEpoch === NONE) return known;
    const brokerEpoch = this.#brokerEpoch;
    const fetcher = new ReplicaFetcher(this.#host, { leaderId, address, brokerEpoch });
    this.#fetchers.set(leaderId, fetcher);
    return fetcher;
  }

  #drop(leaderId: NodeId): void {
    this.#fetchers.get(leaderId)?.close();
    this.#fetchers.delete(leaderId);
  }
}
