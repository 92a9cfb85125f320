import type { RunningNode } from '../../../src/app/node.ts';
import type { NodeId } from '../../../src/base/ids.ts';
import type { Partition } from '../../../src/broker/replication/partition.ts';
import type { MetadataImage } from '../../../src/metadata/image.ts';
import type { RaftStatus } from '../../../src/raft/core/types.ts';
import type { PartitionPlace } from '../world/fault-atlas.ts';
import type { Machine } from '../world/machine.ts';

/** A machine whose process serves. */
export interface LiveNode {
  readonly machine: Machine;
  readonly node: RunningNode;
}

/** One replica on a process that serves. */
export interface Replica {
  readonly machine: Machine;
  readonly partition: Partition;
}

/** What an invariant may see of the world. */
export interface ClusterView {
  readonly nowMs: number;
  readonly machines: readonly Machine[];
  /** In the order of their numbers. */
  readonly live: readonly LiveNode[];
  /** Every replica of those. */
  readonly replicas: readonly Replica[];
  /** The newest committed metadata that any node has ever shown. */
  readonly truth: MetadataImage;
  /** The replica's data was damaged or taken away, and nobody has made it whole yet. */
  isDamaged(nodeId: NodeId, at: PartitionPlace): boolean;
  /** Some machine has lost power, and with it what it had not synced. */
  readonly hasLostPower: boolean;
  raftStatus(live: LiveNode): RaftStatus;
  /** A voter, or another node, whose metadata log or vote was damaged or taken away. */
  isForgetful(nodeId: NodeId): boolean;
  /** Ends the run: the property is broken. */
  violate(property: string, detail: string): void;
  /** Something rare was met: counted, so that a green run can be told from an empty one. */
  mark(name: string): void;
}

/** One property of the cluster. It looks after every event, or when it is told of something. */
export interface Invariant {
  readonly name: string;
  /** Where the property comes from. */
  readonly source: string;
  onEvent?(view: ClusterView): void;
  /** Every few hundred virtual milliseconds, and at the end: for what is costly. */
  onInterval?(view: ClusterView): void;
  /** A node shows another image than before. */
  onImage?(view: ClusterView, shown: ShownImage): void;
  /** The newest committed metadata has moved on. */
  onTruth?(view: ClusterView, change: TruthChange): void;
  /** A process serves, and has not yet heard from anyone. */
  onStarted?(view: ClusterView, live: LiveNode): void;
  /** A process is about to be gone. */
  onEnding?(view: ClusterView, live: LiveNode): void;
  /** A copy was damaged or taken away, or a broker has met the damage. */
  onCopyLost?(view: ClusterView, copy: LostCopy): void;
  /** A producer was told that its record is at this offset. */
  onAcknowledged?(view: ClusterView, acknowledged: Acknowledged): void;
  /** A producer was told that its record is taken, and waits. */
  onDelayedAcknowledged?(view: ClusterView, acknowledged: DelayedAcknowledged): void;
  /** Someone asks to give a record that waits another time. */
  onDelayedAsked?(view: ClusterView, asked: DelayedAsked): void;
  /** A change of a record that waits was answered: it is made, or refused for one that does not. */
  onDelayedChanged?(view: ClusterView, changed: DelayedChanged): void;
  /** Who sent a record with an id was told that it is at this offset. */
  onIdAnswered?(view: ClusterView, answered: IdAnswered): void;
  /** All is healed, and every clock has long passed what any record waits for. */
  onAllDue?(view: ClusterView): void;
  /** A member was told that its group goes on there. */
  onCommitted?(view: ClusterView, committed: GroupCommitted): void;
}

export interface ShownImage {
  readonly nodeId: number;
  readonly image: MetadataImage;
}

export interface LostCopy {
  readonly nodeId: NodeId;
  readonly at: PartitionPlace;
}

export interface TruthChange {
  readonly next: MetadataImage;
  readonly previous: MetadataImage;
}

export interface Acknowledged {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface DelayedAcknowledged {
  readonly topic: string;
  readonly partition: number;
  readonly value: string;
}

export interface DelayedAsked {
  readonly value: string;
  readonly dueMs: number;
}

export interface DelayedChanged {
  readonly kind: 'cancel' | 'reschedule';
  readonly topic: string;
  readonly value: string;
  /** False: refused, for a record that does not wait. */
  readonly isDone: boolean;
  /** Of a reschedule that was made. */
  readonly dueMs?: number;
  /** Nothing of the topic's log is ever deleted. */
  readonly isKept: boolean;
}

export interface IdAnswered extends Acknowledged {
  readonly id: string;
}

export interface GroupCommitted {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
}
