import type { BrokerEpoch, LeaderEpoch, NodeId, PartitionEpoch } from '../../base/ids.ts';

export interface IsrMember {
  readonly brokerId: NodeId;
  /** The registration that fetched; `NONE` where none has: the controller skips its check. */
  readonly brokerEpoch: BrokerEpoch;
}

/**
 * A change of the in-sync replicas that the leader asks the controller for. `resign`: the set is
 * without the leader, which cannot make its log durable and asks for another one of the set.
 */
export interface IsrProposal {
  readonly change: 'expand' | 'shrink' | 'resign';
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  readonly isr: readonly IsrMember[];
  /** min.insync.replicas by which this leader commits; absent where it has not begun to lead. */
  readonly minInsyncReplicas?: number;
}

/** Those that are wanted, and of the others the last ones, until there are `leastCount`. */
export const stayingOf = (
  committed: readonly NodeId[],
  isWanted: (brokerId: NodeId) => boolean,
  leastCount: number,
): NodeId[] => {
  let mayGoCount = committed.length - leastCount;
  return committed.filter((id) => {
    if (mayGoCount <= 0 || isWanted(id)) return true;
    mayGoCount -= 1;
    return false;
  });
};

/**
 * The in-sync replicas as committed, with at most one proposal in flight. As long as its outcome
 * is unknown the *maximal* ISR holds everyone who may be a member either way: it only ever makes
 * the high watermark more careful (KIP-497).
 */
export class IsrState {
  #committed: readonly NodeId[] = [];
  #pending: IsrProposal | undefined;
  #maximal: ReadonlySet<NodeId> = new Set();

  get committed(): readonly NodeId[] {
    return this.#committed;
  }

  get pending(): IsrProposal | undefined {
    return this.#pending;
  }

  get maximal(): ReadonlySet<NodeId> {
    return this.#maximal;
  }

  /** What the controller has committed; a proposal that was pending is answered by it. */
  commit(isr: readonly NodeId[]): void {
    this.#committed = isr;
    this.#pending = undefined;
    this.#maximal = new Set(isr);
  }

  propose(proposal: IsrProposal): void {
    this.#pending = proposal;
    const proposed = proposal.isr.map(({ brokerId }) => brokerId);
    this.#maximal = new Set([...this.#committed, ...proposed]);
  }

  /** The controller has stated that the proposal was not applied. */
  withdraw(): void {
    this.commit(this.#committed);
  }
}
