import type { RunningNode } from '../../../src/app/node.ts';
import type { NodeId } from '../../../src/base/ids.ts';
import type { MetadataImage } from '../../../src/metadata/image.ts';
import { emptyImage } from '../../../src/metadata/image.ts';
import type { RaftStatus } from '../../../src/raft/core/types.ts';
import type {
  Acknowledged,
  ClusterView,
  DelayedAcknowledged,
  DelayedAsked,
  DelayedChanged,
  GroupCommitted,
  IdAnswered,
  Invariant,
  LiveNode,
  Replica,
} from '../invariants/invariant.ts';
import { isLookedFor } from '../planted/plant.ts';
import type { FaultAtlas, PartitionPlace } from './fault-atlas.ts';
import type { Machine } from './machine.ts';
import { Violation } from './violation.ts';

const INTERVAL_MS = 500;

export interface ObserverOptions {
  readonly machines: readonly Machine[];
  readonly invariants: readonly Invariant[];
  readonly atlas: FaultAtlas;
  readonly now: () => number;
}

/** Shows the cluster to every invariant, and keeps the first violation. */
export class Observer implements ClusterView {
  readonly machines: readonly Machine[];
  readonly marks = new Map<string, number>();
  hasLostPower = false;
  readonly #invariants: readonly Invariant[];
  readonly #atlas: FaultAtlas;
  readonly #now: () => number;
  readonly #statuses = new Map<NodeId, RaftStatus>();
  readonly #live = new Map<number, LiveNode>();
  #liveInOrder: readonly LiveNode[] = [];
  #replicas: readonly Replica[] = [];
  #truth: MetadataImage = emptyImage;
  #nextIntervalMs = 0;
  #violation: Violation | undefined;

  constructor({ machines, invariants, atlas, now }: ObserverOptions) {
    this.machines = machines;
    this.#invariants = invariants;
    this.#atlas = atlas;
    atlas.isUp = (nodeId, at) => isServing(this.#live.get(nodeId)?.node, at);
    atlas.onCopyLost = (nodeId, at) => {
      for (const invariant of invariants) invariant.onCopyLost?.(this, { nodeId, at });
    };
    this.#now = now;
  }

  get nowMs(): number {
    return this.#now();
  }

  get live(): readonly LiveNode[] {
    return this.#liveInOrder;
  }

  get replicas(): readonly Replica[] {
    return this.#replicas;
  }

  get truth(): MetadataImage {
    return this.#truth;
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  isDamaged(nodeId: NodeId, at: PartitionPlace): boolean {
    return this.#atlas.isDamaged(nodeId, at);
  }

  isForgetful(nodeId: NodeId): boolean {
    return this.#atlas.isForgetful(nodeId);
  }

  violate(property: string, detail: string): void {
    if (!isLookedFor(property)) return;
    this.#violation ??= new Violation(property, `${detail} (at ${this.nowMs.toFixed(0)} ms)`);
  }

  mark(name: string): void {
    this.marks.set(name, (this.marks.get(name) ?? 0) + 1);
  }

  /** What a node's raft says after this event. */
  raftStatus({ machine, node }: LiveNode): RaftStatus {
    const known = this.#statuses.get(machine.nodeId);
    if (known !== undefined) return known;
    const status = node.parts.raft.status();
    this.#statuses.set(machine.nodeId, status);
    return status;
  }

  afterEvent(): void {
    this.#statuses.clear();
    this.#replicas = this.#collectReplicas();
    for (const invariant of this.#invariants) invariant.onEvent?.(this);
    if (this.nowMs < this.#nextIntervalMs) return;
    this.#nextIntervalMs = this.nowMs + INTERVAL_MS;
    this.atInterval();
  }

  atInterval(): void {
    for (const invariant of this.#invariants) invariant.onInterval?.(this);
  }

  onStarted(machine: Machine, node: RunningNode): void {
    if (node.parts.logs?.isIncomplete !== true) this.#atlas.onServing(machine.nodeId);
    const live = { machine, node };
    this.#live.set(machine.nodeId, live);
    this.#sort();
    const { loader } = node.parts;
    const show = (image: MetadataImage): void => this.#onImage(machine.nodeId, image);
    loader.subscribe(show);
    for (const invariant of this.#invariants) invariant.onStarted?.(this, live);
    if (loader.image.index > 0) show(loader.image);
  }

  onEnding(machine: Machine): void {
    const live = this.#live.get(machine.nodeId);
    if (live === undefined) return;
    for (const invariant of this.#invariants) invariant.onEnding?.(this, live);
    this.#live.delete(machine.nodeId);
    this.#atlas.review(this.#truth);
    this.#sort();
  }

  onAcknowledged(acknowledged: Acknowledged): void {
    for (const invariant of this.#invariants) invariant.onAcknowledged?.(this, acknowledged);
  }

  onDelayedAcknowledged(acknowledged: DelayedAcknowledged): void {
    for (const invariant of this.#invariants) invariant.onDelayedAcknowledged?.(this, acknowledged);
  }

  onDelayedAsked(asked: DelayedAsked): void {
    for (const invariant of this.#invariants) invariant.onDelayedAsked?.(this, asked);
  }

  onDelayedChanged(changed: DelayedChanged): void {
    for (const invariant of this.#invariants) invariant.onDelayedChanged?.(this, changed);
  }

  onIdAnswered(answered: IdAnswered): void {
    for (const invariant of this.#invariants) invariant.onIdAnswered?.(this, answered);
  }

  onAllDue(): void {
    for (const invariant of this.#invariants) invariant.onAllDue?.(this);
  }

  onCommitted(committed: GroupCommitted): void {
    for (const invariant of this.#invariants) invariant.onCommitted?.(this, committed);
  }

  #onImage(nodeId: number, image: MetadataImage): void {
    for (const invariant of this.#invariants) invariant.onImage?.(this, { nodeId, image });
    const previous = this.#truth;
    if (image.index <= previous.index) return;
    this.#truth = image;
    for (const invariant of this.#invariants) invariant.onTruth?.(this, { next: image, previous });
    // Last: to the invariants, what has just left a set for its damage is damaged still.
    this.#atlas.review(image);
  }

  #collectReplicas(): Replica[] {
    const found: Replica[] = [];
    for (const { machine, node } of this.#liveInOrder) {
      for (const partition of node.parts.replicas?.partitions() ?? []) {
        found.push({ machine, partition });
      }
    }
    return found;
  }

  #sort(): void {
    this.#liveInOrder = [...this.#live.values()].sort(
      (a, b) => a.machine.nodeId - b.machine.nodeId,
    );
  }
}

/** Whether a process takes its part, with this replica. */
const isServing = (node: RunningNode | undefined, at: PartitionPlace): boolean => {
  if (node?.health().isReady !== true) return false;
  const isIt = ({ topicId, partition }: PartitionPlace): boolean =>
    topicId === at.topicId && partition === at.partition;
  return node.parts.replicas?.offline().some(isIt) !== true;
};
