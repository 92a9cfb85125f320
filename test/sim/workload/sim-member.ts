import { describeError, OttlaError } from '../../../src/base/errors.ts';
import type { Consumer } from '../../../src/client/group/consumer.ts';
import type { TopicPartition } from '../../../src/client/group/consumer-options.ts';
import type { OffsetCommit } from '../../../src/client/group/group-offsets.ts';
import type { ReaderBatch } from '../../../src/client/reader/record-source.ts';
import { sleep } from '../../../src/env/clock.ts';
import type { NewOperation } from '../../chaos/checker/history.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { SimClient } from '../world/sim-client.ts';
import type { WorkloadContext } from './context.ts';
import { keyOf } from './context.ts';
import type { GroupPlan, MemberPlan } from './group-plan.ts';
import { idOf } from './sim-reader.ts';

export interface SimMemberOptions {
  readonly client: SimClient;
  /** One life: its name in the history. */
  readonly process: string;
  readonly random: SeededRandom;
  readonly group: GroupPlan;
  readonly member: MemberPlan;
}

const HANDLING_MS = 60;
const MAX_POLL_MS = 6000;
/** While nothing comes, a member that commits by itself does it so often. */
const IDLE_COMMIT_MS = 1000;

/** A member may give up only because it could not even find its topics, or it is closed. */
const EXPECTED: ReadonlySet<string> = new Set([
  'REQUEST_TIMED_OUT',
  'NETWORK_EXCEPTION',
  'BROKER_NOT_AVAILABLE',
  'COORDINATOR_NOT_AVAILABLE',
  'CLOSED',
]);

/** One life of one member, and what it tells of what it has, handles and commits. */
export class SimMember {
  /** Its iteration is over. */
  isOver = false;
  /** Handles without pauses, and commits what it has: the load is over. */
  isHurried = false;
  readonly #context: WorkloadContext;
  readonly #options: SimMemberOptions;
  readonly #consumer: Consumer;
  /** What it has, by key: when it was given that. What was handed out before is of no use since. */
  readonly #held = new Map<string, number>();
  #givenCount = 0;
  /** What it has handled of what it has, and not committed, by key. */
  readonly #handled = new Map<string, OffsetCommit>();
  #generation = -1;
  #isDead = false;

  constructor(context: WorkloadContext, options: SimMemberOptions) {
    this.#context = context;
    this.#options = options;
    const { client, group, member, random } = options;
    this.#consumer = client.sdk.consumer({
      topics: group.topics,
      groupId: group.groupId,
      ...(member.isStatic && { instanceId: member.name }),
      autoCommit: group.commits === 'automatic',
      autoCommitIntervalMs: 300 + random.below(2000),
      offsetReset: 'earliest',
      sessionTimeoutMs: group.sessionTimeoutMs,
      heartbeatIntervalMs: 500 + random.below(500),
      maxPollIntervalMs: MAX_POLL_MS,
      assignors: group.assignors,
      metadataMaxAgeMs: 5000,
      maxWaitMs: 500,
      listener: {
        onAssigned: (added, generation) => this.#onAssigned(added, generation),
        onRevoked: (partitions) => this.#onRevoked(partitions),
        onLost: (partitions) => this.#onLost(partitions),
      },
    });
  }

  start(): void {
    void this.#handleAll();
    if (this.#options.group.commits === 'manual') void this.#commitNowAndThen();
  }

  /** The process is gone with all it had. */
  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.isOver = true;
    this.#options.client.kill();
    this.#tellLost();
  }

  /** In order: what was handled is committed, where it does that by itself, and the group told. */
  async leave(): Promise<void> {
    await this.#consumer.close();
    if (this.#isDead) return;
    this.#isDead = true;
    this.isOver = true;
    this.#tellLost();
  }

  async #handleAll(): Promise<void> {
    try {
      for await (const batch of this.#consumer.batches()) {
        if (this.#isDead) return;
        await this.#handle(batch);
        if (this.#isDead) return;
      }
    } catch (error) {
      this.#onError(error);
    }
    this.isOver = true;
  }

  async #handle(batch: ReaderBatch): Promise<void> {
    const { client, random, group } = this.#options;
    const key = this.#keyOf(batch);
    const given = this.#held.get(key ?? '');
    const isSlow = !this.isHurried && random.chance(1, 100);
    if (isSlow) await sleep(client.clock, random.below(2 * MAX_POLL_MS));
    else if (random.chance(1, 4)) await sleep(client.clock, random.below(HANDLING_MS));
    if (this.#isDead || key === undefined) return;
    const records = batch.records.map(({ offset, value }) => [offset, idOf(value)] as const);
    const isMine = given !== undefined && this.#held.get(key) === given;
    this.#add({ f: 'poll', type: isMine ? 'ok' : 'info', polled: [{ key, records }] });
    const { topic, partition, nextOffset } = batch;
    if (isMine) this.#handled.set(key, { topic, partition, nextOffset });
    if (group.commits === 'manual' && random.chance(1, 3)) await this.#commit();
  }

  /** What it has handled, as that stands in the history. */
  async #commit(): Promise<void> {
    const generation = this.#generation;
    const handled = [...this.#handled];
    this.#handled.clear();
    if (handled.length === 0) return;
    const offsets = handled.map(([key, { nextOffset }]) => ({ key, offset: nextOffset }));
    const about = { f: 'commit', generation, offsets } as const;
    const invocation = this.#add({ ...about, type: 'invoke' });
    const code = await this.#consumer.commit(handled.map(([, commit]) => commit)).then(
      () => undefined,
      (error: unknown) => (error instanceof OttlaError ? error.code : 'no code'),
    );
    if (this.#isDead) return;
    const { observer } = this.#context.world;
    observer.mark(`commit.${code ?? 'ok'}`);
    if (code !== undefined) this.#add({ ...about, type: 'info', invocation, code });
    else {
      this.#add({ ...about, type: 'ok', invocation });
      const { groupId } = this.#options.group;
      for (const [, commit] of handled) observer.onCommitted({ groupId, ...commit });
    }
  }

  /** The last commits of a member that is asked to come to an end. */
  async #commitNowAndThen(): Promise<void> {
    const { clock } = this.#options.client;
    while (!this.isOver) {
      await sleep(clock, IDLE_COMMIT_MS);
      if (!this.isHurried || this.isOver) continue;
      await this.#commit();
    }
  }

  #onAssigned(added: readonly TopicPartition[], generation: number): void {
    if (this.#isDead) return;
    this.#generation = generation;
    this.#givenCount += 1;
    for (const key of this.#keysOf(added)) this.#held.set(key, this.#givenCount);
    this.#add({ f: 'hold', type: 'ok', generation, keys: [...this.#held.keys()] });
    this.#context.world.observer.mark('group.assigned');
  }

  #onRevoked(partitions: readonly TopicPartition[]): void {
    if (this.#isDead) return;
    const keys = this.#keysOf(partitions);
    this.#forget(keys);
    if (keys.length === 0) return;
    const invocation = this.#add({ f: 'release', type: 'invoke', keys });
    this.#add({ f: 'release', type: 'ok', invocation, keys });
    this.#context.world.observer.mark('group.revoked');
  }

  #onLost(partitions: readonly TopicPartition[]): void {
    if (this.#isDead) return;
    const keys = this.#keysOf(partitions);
    this.#forget(keys);
    if (keys.length > 0) this.#add({ f: 'release', type: 'info', keys });
    this.#context.world.observer.mark('group.lost');
  }

  #forget(keys: readonly string[]): void {
    for (const key of keys) {
      this.#held.delete(key);
      this.#handled.delete(key);
    }
  }

  #tellLost(): void {
    const keys = [...this.#held.keys()];
    this.#forget(keys);
    if (keys.length > 0) this.#add({ f: 'release', type: 'info', keys });
  }

  #onError(error: unknown): void {
    if (this.#isDead) return;
    const { observer } = this.#context.world;
    observer.mark('member.gave-up');
    if (error instanceof OttlaError && EXPECTED.has(error.code)) return;
    observer.violate('member-goes-on', `${this.#options.process}: ${describeError(error)}`);
  }

  #keysOf(partitions: readonly TopicPartition[]): string[] {
    return partitions.flatMap((at) => this.#keyOf(at) ?? []);
  }

  /** Of topics that may be deleted nothing is told: groups know them by name. */
  #keyOf({ topic, partition }: TopicPartition): string | undefined {
    const known = this.#context.topics.find((it) => it.isKept && it.name === topic);
    return known === undefined ? undefined : keyOf(known, partition);
  }

  #add(operation: Told): number {
    const { history, world } = this.#context;
    const { process, group } = this.#options;
    const about = { process, group: group.groupId, timeMs: world.nowMs };
    return history.add({ ...operation, ...about } as NewOperation);
  }
}

type WithoutOrigin<T> = T extends NewOperation ? Omit<T, 'process' | 'group' | 'timeMs'> : never;
type Told = WithoutOrigin<NewOperation>;
