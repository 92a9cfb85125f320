import type { ErrorCode } from '../../base/errors.ts';
import type { BrokerEpoch, LeaderEpoch, NodeId, PartitionEpoch } from '../../base/ids.ts';
import type { Registration } from './registration.ts';

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

/** The controller's answer to a proposal. */
export type IsrAnswer =
  | {
      readonly kind: 'committed';
      readonly registration: CommittedIsr;
    }
  | { readonly kind: 'refused'; readonly code: ErrorCode };

/** What an answer says of a partition. */
type CommittedIsr = Pick<Registration, 'leader' | 'leaderEpoch' | 'isr' | 'partitionEpoch'>;

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
 * the high watermark more careful (KIP-497). Whoever has left by an answer is held there until the
 * metadata is as far: settings from before it may allow for one moment what those of its own
 * moment, by which the one who left is eligible, do not.
 */
export class IsrState {
  #committed: readonly NodeId[] = [];
  #pending: IsrProposal | undefined;
  #maximal: ReadonlySet<NodeId> = new Set();
  /** Left by answers that the metadata has not shown yet. */
  #leaving: readonly NodeId[] = [];

  get committed(): readonly NodeId[] {
    return this.#committed;
  }

  get pending(): IsrProposal | undefined {
    return this.#pending;
  }

  get maximal(): ReadonlySet<NodeId> {
    return this.#maximal;
  }

  /** What the metadata shows; a proposal that was pending is answered by it. */
  commit(isr: readonly NodeId[]): void {
    this.#committed = isr;
    this.#pending = undefined;
    this.confirm();
  }

  /** The metadata shows the set that an answer brought. */
  confirm(): void {
    this.#leaving = [];
    this.#count();
  }

  /** What the controller has committed by its own word, ahead of the metadata. */
  answer(isr: readonly NodeId[]): void {
    const known = [...this.#leaving, ...this.#committed];
    this.#leaving = known.filter((id) => !isr.includes(id));
    this.#committed = isr;
    this.#pending = undefined;
    this.#count();
  }

  propose(proposal: IsrProposal): void {
    this.#pending = proposal;
    this.#count();
  }

  /** The controller has stated that the proposal was not applied. */
  withdraw(): void {
    this.#pending = undefined;
    this.#count();
  }

  #count(): void {
    const proposed = this.#pending?.isr.map(({ brokerId }) => brokerId) ?? [];
    this.#maximal = new Set([...this.#committed, ...this.#leaving, ...proposed]);
  }
}
