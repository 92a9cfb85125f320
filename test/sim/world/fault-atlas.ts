import type { DirectoryId, NodeId } from '../../../src/base/ids.ts';
import { partitionKey } from '../../../src/base/ids.ts';
import type { MetadataImage, PartitionRegistration } from '../../../src/metadata/image.ts';
import { partitionOf } from '../../../src/metadata/image.ts';
import { minInsyncReplicas } from './minimum.ts';

export interface PartitionPlace {
  readonly topicId: string;
  readonly partition: number;
}

interface Copy {
  readonly nodeId: NodeId;
  readonly at: PartitionPlace;
}

/** One copy that is not what it was. */
interface Damage extends Copy {
  /** Takes the damage back, as long as nobody has met it. */
  lift: (() => void) | undefined;
  /** The broker knows, and begins anew. */
  isFound: boolean;
}

const keyOf = (nodeId: NodeId, { topicId, partition }: PartitionPlace): string =>
  `${nodeId} ${partitionKey(topicId, partition)}`;

/**
 * Which copies are damaged or gone. Of each partition's committed data one good copy stays in the
 * in-sync set, and of the quorum a majority keeps its memory: what is lost in spite of that is the
 * cluster's fault. Damage that would break the rule later on, because the good copies leave the
 * set, is lifted while nobody has met it.
 */
export class FaultAtlas {
  readonly #voters: readonly NodeId[];
  readonly #forgetful = new Set<NodeId>();
  /** Of those that forgot with their disk: the directory that they have now. */
  readonly #newDirectories = new Map<NodeId, DirectoryId>();
  readonly #damages = new Map<string, Damage>();
  /** Set aside, and not in sync again: a crash or a full disk may come before the empty log. */
  readonly #healing = new Map<string, Copy>();
  /** Whose checkpoint is damaged, and how that is taken back. */
  readonly #withoutMarks = new Map<NodeId, () => void>();

  /**
   * Whether a process serves there that has registered itself: a registration takes the broker out
   * of the sets that it was in with its last process. What is in a log directory that is offline is
   * about to leave them as well.
   */
  isUp: (nodeId: NodeId, at: PartitionPlace) => boolean = () => true;
  /** Whose votes count now; undefined while the sets on the machines are not one and the same. */
  votersNow: () => readonly NodeId[] | undefined = () => this.#voters;
  /** Told of each copy that is damaged or gone, and again when its broker meets the damage. */
  onCopyLost: (nodeId: NodeId, at: PartitionPlace) => void = () => {};

  constructor(voters: readonly NodeId[]) {
    this.#voters = voters;
  }

  /** The replica is damaged, or gone, or was and has not left the in-sync set since. */
  isDamaged(nodeId: NodeId, at: PartitionPlace): boolean {
    return this.#damages.has(keyOf(nodeId, at));
  }

  hasDamage(nodeId: NodeId): boolean {
    return [...this.#damages.values()].some((damage) => damage.nodeId === nodeId);
  }

  /**
   * Whether a good copy stays in sync, on a broker that is not out of service; of those with
   * `min.insync.replicas=1` two, for one that is only away leaves the set to the damaged one, as
   * long as nobody has told the controller of the damage.
   */
  mayDamage(image: MetadataImage, nodeId: NodeId, at: PartitionPlace): boolean {
    const registration = partitionOf(image, at.topicId, at.partition);
    if (registration === undefined || !registration.replicas.includes(nodeId)) return true;
    const copies = copiesOf(registration);
    const good = copies.filter(
      (id) => id !== nodeId && this.#isGood(id, at) && image.brokers.get(id)?.isFenced === false,
    );
    const isKept = !copies.includes(nodeId) || minInsyncReplicas(image, at.topicId) > 1;
    return good.length >= (isKept ? 1 : 2);
  }

  /** Whether all replicas of a broker may be lost at once. */
  mayLoseAll(image: MetadataImage, nodeId: NodeId): boolean {
    return placesOf(image, nodeId).every((at) => this.mayDamage(image, nodeId, at));
  }

  /** Whether a broker is in no in-sync set any more, and eligible nowhere. */
  isOutOfSync(image: MetadataImage, nodeId: NodeId): boolean {
    return placesOf(image, nodeId).every((at) => {
      const registration = partitionOf(image, at.topicId, at.partition);
      return registration !== undefined && !copiesOf(registration).includes(nodeId);
    });
  }

  noteDamage(nodeId: NodeId, at: PartitionPlace, lift: () => void): void {
    const key = keyOf(nodeId, at);
    const earlier = this.#damages.get(key);
    const liftAll = (): void => {
      lift();
      earlier?.lift?.();
    };
    this.#damages.set(key, { nodeId, at, lift: liftAll, isFound: earlier?.isFound ?? false });
    this.onCopyLost(nodeId, at);
  }

  noteAllLost(image: MetadataImage, nodeId: NodeId): void {
    for (const at of placesOf(image, nodeId)) this.noteLost(nodeId, at);
  }

  noteLost(nodeId: NodeId, at: PartitionPlace): void {
    this.#damages.set(keyOf(nodeId, at), { nodeId, at, lift: undefined, isFound: true });
    this.onCopyLost(nodeId, at);
  }

  /**
   * The checkpoint does not say any more what is durable: where several segments were cut short by a
   * power cut as well, a log must take that for damage.
   */
  noteMarksLost(nodeId: NodeId, lift: () => void): void {
    const earlier = this.#withoutMarks.get(nodeId);
    this.#withoutMarks.set(nodeId, () => {
      lift();
      earlier?.();
    });
  }

  /** All logs of a new process are loaded: its next checkpoint is whole. */
  onServing(nodeId: NodeId): void {
    this.#withoutMarks.delete(nodeId);
  }

  /** A broker set a replica aside. False: nothing had been done to it. */
  onQuarantine(nodeId: NodeId, at: PartitionPlace): boolean {
    const key = keyOf(nodeId, at);
    if (this.#withoutMarks.has(nodeId) && !this.#damages.has(key)) {
      this.#damages.set(key, { nodeId, at, lift: undefined, isFound: true });
    }
    const damage = this.#damages.get(key);
    if (damage === undefined) return this.#healing.has(key);
    damage.isFound = true;
    damage.lift = undefined;
    this.onCopyLost(nodeId, damage.at);
    return true;
  }

  /** Whether the voter may forget what it promised; brokers that are no voters always may. */
  mayForget(nodeId: NodeId): boolean {
    const voters = this.votersNow();
    if (voters === undefined) return false;
    if (!voters.includes(nodeId) || this.#forgetful.has(nodeId)) return true;
    const forgetful = voters.filter((id) => this.#forgetful.has(id));
    return forgetful.length + 1 <= Math.floor((voters.length - 1) / 2);
  }

  /** Its disk was replaced, and may vote again where the quorum takes it for another voter. */
  noteNewDirectory(nodeId: NodeId, directoryId: DirectoryId): void {
    this.#newDirectories.set(nodeId, directoryId);
  }

  /** The quorum named a directory: of a new one nothing was lost that this voter has promised. */
  noteTakenIn(nodeId: NodeId, directoryId: DirectoryId): void {
    if (this.#newDirectories.get(nodeId) === directoryId) this.#forgetful.delete(nodeId);
  }

  noteForgetful(nodeId: NodeId): void {
    this.#forgetful.add(nodeId);
    this.#newDirectories.delete(nodeId);
  }

  isForgetful(nodeId: NodeId): boolean {
    return this.#forgetful.has(nodeId);
  }

  /** The metadata has moved on, or a process has ended: what has left its set is no copy any more. */
  review(image: MetadataImage): void {
    for (const [nodeId, lift] of this.#withoutMarks) {
      if (this.mayLoseAll(image, nodeId)) continue;
      lift();
      this.#withoutMarks.delete(nodeId);
    }
    for (const [key, { nodeId, at }] of this.#healing) {
      const isInSync = partitionOf(image, at.topicId, at.partition)?.isr.includes(nodeId);
      if (isInSync === true) this.#healing.delete(key);
    }
    for (const [key, damage] of this.#damages) {
      const { nodeId, at } = damage;
      const registration = partitionOf(image, at.topicId, at.partition);
      // Of a deleted topic: a broker that was down may still meet it, before it hears of that.
      if (registration === undefined) continue;
      const copies = copiesOf(registration);
      if (!copies.includes(nodeId)) {
        if (!damage.isFound) continue;
        this.#damages.delete(key);
        this.#healing.set(key, damage);
      } else if (!copies.some((id) => this.#isGood(id, at))) {
        this.#liftOne(key, damage);
      }
    }
  }

  #isGood(nodeId: NodeId, at: PartitionPlace): boolean {
    return !this.isDamaged(nodeId, at) && !this.#withoutMarks.has(nodeId) && this.isUp(nodeId, at);
  }

  #liftOne(key: string, damage: Damage): void {
    if (damage.lift === undefined) return;
    damage.lift();
    this.#damages.delete(key);
  }
}

/** The replicas that have, as far as the controller knows, all that is committed. */
const copiesOf = ({ isr, elr }: PartitionRegistration): readonly NodeId[] => [...isr, ...elr];

/** The partitions that a broker has a replica of. */
const placesOf = (image: MetadataImage, nodeId: NodeId): PartitionPlace[] =>
  [...image.topics.values()].flatMap(({ topicId, partitions }) =>
    [...partitions.entries()]
      .filter(([, { replicas }]) => replicas.includes(nodeId))
      .map(([partition]) => ({ topicId, partition })),
  );
