import type { PartitionId } from '../../../base/ids.ts';
import type { TopicPartitionName } from '../consumer-protocol.ts';
import type { AssignmentQuestion, Assignments, AssignorMember } from './assignor.ts';
import { compare, inOrder, partitionNumbers, wantedTopics } from './assignor.ts';

/** A member, and what it is given while shares are worked out. */
class Taker {
  readonly member: AssignorMember;
  readonly held = new Map<string, PartitionId[]>();
  /** What it brought, by topic: that goes last where something must go. */
  readonly brought = new Map<string, Set<PartitionId>>();
  count = 0;

  constructor(member: AssignorMember) {
    this.member = member;
  }

  give(topic: string, partition: PartitionId): void {
    const list = this.held.get(topic);
    if (list === undefined) this.held.set(topic, [partition]);
    else list.push(partition);
    this.count += 1;
  }

  /** A partition of the topic, rather one that it did not bring. */
  take(topic: string): PartitionId {
    const list = this.held.get(topic) ?? [];
    const brought = this.brought.get(topic);
    const fresh = list.findLastIndex((partition) => brought?.has(partition) !== true);
    const [partition = 0] = list.splice(fresh === -1 ? list.length - 1 : fresh, 1);
    if (list.length === 0) this.held.delete(topic);
    this.count -= 1;
    return partition;
  }
}

/** A step of a partition of this topic from one member to the next. */
interface Step {
  readonly from: Taker;
  readonly topic: string;
}

/**
 * Shares that are as even as the subscriptions allow: there is no chain of moves (from one member
 * to a second, from that to a third, ...) that would take one partition from a member to one that
 * has two fewer. That is the optimum: the theory calls it an optimal semi-matching.
 */
export class StickyShares {
  readonly #takers: readonly Taker[];
  readonly #takersOf = new Map<string, readonly Taker[]>();
  readonly #partitionCounts: ReadonlyMap<string, number>;
  readonly #taken = new Map<string, Set<PartitionId>>();

  constructor(question: AssignmentQuestion) {
    this.#partitionCounts = question.partitionCounts;
    this.#takers = inOrder(question.members).map((member) => new Taker(member));
    for (const topic of wantedTopics(question)) {
      const wanting = this.#takers.filter(({ member }) => member.topics.includes(topic));
      this.#takersOf.set(topic, wanting);
      this.#taken.set(topic, new Set());
    }
  }

  /**
   * Everybody keeps what it has. Of two who claim one partition the later generation is right: the
   * other has missed that it lost it. Where that does not decide, neither keeps it.
   */
  keepOwned(): void {
    const claims = new Map<
      string,
      { at: TopicPartitionName; by: Taker | undefined; since: number }
    >();
    for (const taker of this.#takers) {
      const { owned, generation } = taker.member;
      for (const at of owned) {
        if (!this.#mayHave(taker, at)) continue;
        const key = `${at.topic}/${at.partition}`;
        const other = claims.get(key);
        if (other === undefined || other.since < generation) {
          claims.set(key, { at, by: taker, since: generation });
        } else if (other.since === generation && other.by !== taker) other.by = undefined;
      }
    }
    for (const { at, by } of claims.values()) {
      if (by === undefined) continue;
      this.#give(by, at);
      const brought = by.brought.get(at.topic) ?? new Set();
      by.brought.set(at.topic, brought.add(at.partition));
    }
  }

  /** What nobody has goes to whoever has least. */
  dealUnowned(): void {
    for (const [topic, wanting] of this.#takersOf) {
      const taken = this.#taken.get(topic);
      for (const partition of partitionNumbers(this.#partitionCounts.get(topic) ?? 0)) {
        if (taken?.has(partition) === true) continue;
        const [first, ...rest] = wanting;
        if (first === undefined) continue;
        const least = rest.reduce((min, taker) => (taker.count < min.count ? taker : min), first);
        this.#give(least, { topic, partition });
      }
    }
  }

  /** Moves partitions until no chain of moves would make the shares more even. */
  level(): void {
    while (this.#levelOnce());
  }

  assignments(): Assignments {
    return new Map(
      this.#takers.map(({ member, held }) => [
        member.memberId,
        [...held]
          .sort(([a], [b]) => compare(a, b))
          .flatMap(([topic, partitions]) =>
            partitions.sort((a, b) => a - b).map((partition) => ({ topic, partition })),
          ),
      ]),
    );
  }

  #mayHave({ member }: Taker, { topic, partition }: TopicPartitionName): boolean {
    const count = this.#partitionCounts.get(topic) ?? 0;
    return member.topics.includes(topic) && partition >= 0 && partition < count;
  }

  #give(taker: Taker, { topic, partition }: TopicPartitionName): void {
    taker.give(topic, partition);
    this.#taken.get(topic)?.add(partition);
  }

  /**
   * One chain of moves, from the fullest member that can be relieved. What a fuller one can reach
   * in vain need not be looked at again: it is no emptier for those who have less.
   */
  #levelOnce(): boolean {
    const reached = new Map<Taker, Step | undefined>();
    const openTopics = new Set(this.#takersOf.keys());
    const byCount = [...this.#takers].sort((a, b) => b.count - a.count);
    for (const source of byCount) {
      if (reached.has(source)) continue;
      reached.set(source, undefined);
      const end = this.#reach(source, reached, openTopics);
      if (end === undefined) continue;
      this.#move(end, reached);
      return true;
    }
    return false;
  }

  /** Breadth first: the nearest member with two fewer than the source, so that little moves. */
  #reach(
    source: Taker,
    reached: Map<Taker, Step | undefined>,
    openTopics: Set<string>,
  ): Taker | undefined {
    const queue = [source];
    for (const from of queue) {
      for (const topic of from.held.keys()) {
        if (!openTopics.delete(topic)) continue;
        const next = (this.#takersOf.get(topic) ?? []).filter((taker) => !reached.has(taker));
        for (const taker of next) reached.set(taker, { from, topic });
        queue.push(...next);
        const emptier = next.filter(({ count }) => count <= source.count - 2);
        const [first, ...rest] = emptier;
        if (first === undefined) continue;
        return rest.reduce((min, taker) => (taker.count < min.count ? taker : min), first);
      }
    }
    return undefined;
  }

  /** Each member on the way passes one on: only the two ends have another number after it. */
  #move(end: Taker, reached: ReadonlyMap<Taker, Step | undefined>): void {
    let to = end;
    for (let step = reached.get(to); step !== undefined; step = reached.get(to)) {
      to.give(step.topic, step.from.take(step.topic));
      to = step.from;
    }
  }
}
