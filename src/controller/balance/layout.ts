import { must } from '../../base/assert.ts';
import type { NodeId, TopicId } from '../../base/ids.ts';
import type { BalanceBroker, BalancePartition, BalanceRequest, Tolerance } from './request.ts';
import { defaultTolerance } from './request.ts';

/** What one broker would have. */
export interface Load {
  readonly brokerId: NodeId;
  /** Two of one domain fail together. */
  readonly domain: string;
  readonly standing: BalanceBroker['standing'];
  readonly held: Set<Placed>;
  readonly heldOfTopic: Map<TopicId, number>;
  preferredCount: number;
  bytes: number;
}

/** A partition with the replicas that it would have. */
export interface Placed {
  readonly asked: BalancePartition;
  /** Its place in the request: what is equal otherwise goes by this. */
  readonly at: number;
  readonly weightBytes: number;
  replicas: readonly NodeId[];
}

/** The replica of `placed` on `from` goes to `to`. */
export interface Transfer {
  readonly placed: Placed;
  readonly from: Load;
  readonly to: Load;
}

/**
 * The cluster while it is being planned: who would have what. All steps ask it, and change it by
 * `apply` and `putFirst` alone. Each is a function of what it shows and of nothing else, which is
 * why a plan that was carried out is followed by an empty one.
 */
export class Layout {
  readonly tolerance: Tolerance;
  readonly partitions: readonly Placed[];
  /** Those that take replicas, by number. */
  readonly takers: readonly Load[];
  readonly #loads = new Map<NodeId, Load>();
  readonly #movesMax: number;
  readonly #touched = new Set<Placed>();

  constructor(request: BalanceRequest) {
    this.tolerance = request.tolerance ?? defaultTolerance;
    this.#movesMax = request.movesMax ?? Number.POSITIVE_INFINITY;
    const brokers = [...request.brokers].sort((a, b) => a.brokerId - b.brokerId);
    for (const broker of brokers) this.#addLoad(broker);
    this.partitions = request.partitions.map((asked, at) => this.#place(asked, at));
    this.takers = [...this.#loads.values()].filter(({ standing }) => standing === 'takes');
  }

  /** As much is to move as may be planned: steps end. */
  get isFull(): boolean {
    return this.#touched.size >= this.#movesMax;
  }

  loadOf(brokerId: NodeId): Load {
    return must(this.#loads.get(brokerId), `broker ${brokerId} has a load`);
  }

  /** How many of these replicas share their failure domain with one before them. */
  sharedDomains(replicas: readonly NodeId[]): number {
    return replicas.length - new Set(replicas.map((id) => this.loadOf(id).domain)).size;
  }

  /** Takes no replica a second time to a broker, and brings none closer to another. */
  allows({ placed, from, to }: Transfer): boolean {
    const { replicas, asked } = placed;
    if (!asked.isMovable || from.standing === 'keeps' || to.standing !== 'takes') return false;
    if (replicas.includes(to.brokerId)) return false;
    // Asked for every replica at every step: most are answered without counting.
    if (!this.#hasOther(replicas, from, to.domain)) return true;
    return this.sharedDomains(replaced(placed, from, to)) <= this.sharedDomains(replicas);
  }

  #hasOther(replicas: readonly NodeId[], from: Load, domain: string): boolean {
    for (const id of replicas) {
      if (id !== from.brokerId && this.#loads.get(id)?.domain === domain) return true;
    }
    return false;
  }

  /** The new replica takes the old one's place in the list, the lead too. */
  apply({ placed, from, to }: Transfer): void {
    this.#touched.add(placed);
    this.#leave(placed);
    placed.replicas = replaced(placed, from, to);
    this.#join(placed);
  }

  /** Has this replica lead by preference, and the one that did take its place. */
  putFirst(placed: Placed, brokerId: NodeId): void {
    this.#touched.add(placed);
    this.#leave(placed);
    const [first] = placed.replicas;
    placed.replicas = placed.replicas.map((id, place) => {
      if (place === 0) return brokerId;
      return id === brokerId && first !== undefined ? first : id;
    });
    this.#join(placed);
  }

  #place(asked: BalancePartition, at: number): Placed {
    const { replicas, sizeBytes = 0 } = asked;
    const placed = { asked, at, weightBytes: sizeBytes, replicas };
    for (const brokerId of replicas) {
      if (!this.#loads.has(brokerId)) this.#addLoad({ brokerId, rack: '', standing: 'keeps' });
    }
    this.#join(placed);
    return placed;
  }

  #addLoad({ brokerId, rack, standing }: BalanceBroker): void {
    this.#loads.set(brokerId, {
      brokerId,
      domain: rack === '' ? `broker ${brokerId}` : `rack ${rack}`,
      standing,
      held: new Set(),
      heldOfTopic: new Map(),
      preferredCount: 0,
      bytes: 0,
    });
  }

  #join(placed: Placed): void {
    for (const [place, brokerId] of placed.replicas.entries()) {
      const load = this.loadOf(brokerId);
      load.held.add(placed);
      count(load, placed, 1);
      if (place === 0) load.preferredCount += 1;
    }
  }

  #leave(placed: Placed): void {
    for (const [place, brokerId] of placed.replicas.entries()) {
      const load = this.loadOf(brokerId);
      load.held.delete(placed);
      count(load, placed, -1);
      if (place === 0) load.preferredCount -= 1;
    }
  }
}

const count = (load: Load, { asked: { topicId }, weightBytes }: Placed, by: 1 | -1): void => {
  load.heldOfTopic.set(topicId, topicCount(load, topicId) + by);
  load.bytes += by * weightBytes;
};

export const topicCount = ({ heldOfTopic }: Load, topicId: TopicId): number =>
  heldOfTopic.get(topicId) ?? 0;

export const replaced = ({ replicas }: Placed, from: Load, to: Load): NodeId[] =>
  replicas.map((id) => (id === from.brokerId ? to.brokerId : id));

/** By how much the largest is above the smallest; 0 of nothing. */
export const spreadOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : Math.max(...values) - Math.min(...values);

export const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** True for counts so far apart that something should move. */
export const isUneven = (counts: readonly number[], { share }: Tolerance): boolean =>
  spreadOf(counts) > Math.max(1, share * meanOf(counts));
