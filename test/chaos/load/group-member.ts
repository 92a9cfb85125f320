import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AssignorName,
  Consumer,
  OttlaClient,
  RebalanceListener,
  TopicPartition,
} from '../../../src/index.ts';
import { connect, OttlaError, string } from '../../../src/index.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import type { NewOperation } from '../checker/history.ts';
import { keyOf, TOPIC } from '../run-settings.ts';
import type { TextBatch } from './reader-load.ts';
import { notePolled } from './reader-load.ts';
import type { Recorder } from './recorder.ts';

export interface GroupMemberOptions {
  readonly group: string;
  readonly assignor: AssignorName;
  /** Its name in the history: one life of one member. */
  readonly process: string;
  readonly bootstrap: string;
  readonly recorder: Recorder;
  readonly random: SeededRandom;
}

/** The shortest that brokers allow: what a dead member had waits for so long. */
export const SESSION_MS = 6_000;
export const HEARTBEAT_MS = 1_000;
const MAX_POLL_MS = 30_000;
const COMMIT_EVERY_MS = 400;
/** Partitions are not kept from others for longer than this by a commit that hangs. */
export const COMMIT_PATIENCE_MS = 3_000;
const HANDLING_MAX_MS = 8;
const RETRY_MS = 200;
/** As in readers: larger answers, fewer of them. */
const MIN_BYTES = 16_384;

/** One life of a member of a group: handles, commits by itself, and notes all it is told. */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  readonly #client: OttlaClient;
  readonly #consumer: Consumer<string, string>;
  /** By partition: the how-manieth time it was given is this. */
  readonly #held = new Map<number, number>();
  /** By partition: the next offset to handle, where that is not committed. */
  readonly #handled = new Map<number, number>();
  #committing: Promise<void> = Promise.resolve();
  #givenCount = 0;
  #isClosing = false;
  #isDead = false;
  /** Told once a life: a group that does not take a member says so every time. */
  #hasFailed = false;

  constructor(options: GroupMemberOptions) {
    const { group, assignor, bootstrap } = options;
    this.#options = options;
    this.#client = connect({ bootstrap });
    this.#consumer = this.#client.consumer({
      topics: [TOPIC],
      groupId: group,
      assignors: [assignor],
      autoCommit: false,
      offsetReset: 'earliest',
      sessionTimeoutMs: SESSION_MS,
      heartbeatIntervalMs: HEARTBEAT_MS,
      maxPollIntervalMs: MAX_POLL_MS,
      minBytes: MIN_BYTES,
      deserializers: { key: string, value: string },
      listener: this.#listener(),
    });
  }

  /** Until `leave` or `die`. */
  async run(): Promise<void> {
    const committing = this.#commitUntilClosed();
    while (!this.#isClosing) {
      try {
        for await (const batch of this.#consumer.batches()) await this.#handle(batch);
      } catch (error) {
        this.#onError(error);
        if (!this.#isClosing) await sleep(RETRY_MS);
      }
    }
    await committing;
  }

  /** Gives up what it has, with what it has handled committed, and tells the group. */
  async leave(): Promise<void> {
    this.#isClosing = true;
    await this.#consumer.close();
    await this.#client.close();
  }

  /** The group hears nothing of it. */
  async die(): Promise<void> {
    this.#isClosing = true;
    const keys = [...this.#held.keys()].map(keyOf);
    this.#note({ f: 'release', type: 'info', keys });
    this.#isDead = true;
    this.#held.clear();
    const signal = AbortSignal.abort();
    await this.#consumer.close({ signal });
    await this.#client.close({ signal });
  }

  async #handle(batch: TextBatch): Promise<void> {
    const { random, recorder, process, group } = this.#options;
    const { partition, nextOffset } = batch;
    const given = this.#held.get(partition);
    await sleep(random.below(HANDLING_MAX_MS));
    if (this.#isDead) return;
    const isHeld = given !== undefined && this.#held.get(partition) === given;
    notePolled(recorder, process, batch, { group, type: isHeld ? 'ok' : 'info' });
    if (isHeld) this.#handled.set(partition, nextOffset);
  }

  async #commitUntilClosed(): Promise<void> {
    while (!this.#isClosing) {
      await sleep(COMMIT_EVERY_MS);
      if (!this.#isClosing) await this.#commit([...this.#held.keys()]);
    }
  }

  /** One after the other; what fails is tried again with what comes then. */
  #commit(partitions: readonly number[]): Promise<void> {
    this.#committing = this.#committing.then(() => this.#commitNow(partitions));
    return this.#committing;
  }

  async #commitNow(partitions: readonly number[]): Promise<void> {
    const commits = partitions.flatMap((partition) => {
      const nextOffset = this.#handled.get(partition);
      const isOpen = nextOffset !== undefined && this.#held.has(partition);
      return isOpen ? [{ topic: TOPIC, partition, nextOffset }] : [];
    });
    if (commits.length === 0 || this.#isDead) return;
    const offsets = commits.map(({ partition, nextOffset: offset }) => ({
      key: keyOf(partition),
      offset,
    }));
    const commit = { f: 'commit', offsets } as const;
    const invocation = this.#note({ ...commit, type: 'invoke' });
    const signal = AbortSignal.timeout(COMMIT_PATIENCE_MS);
    try {
      await this.#consumer.commit(commits, { signal });
      this.#note({ ...commit, type: 'ok', invocation });
      for (const { partition, nextOffset } of commits) {
        if (this.#handled.get(partition) === nextOffset) this.#handled.delete(partition);
      }
    } catch (error) {
      const { code = 'unknown', maybeApplied } = error instanceof OttlaError ? error : {};
      const type = maybeApplied === false ? 'fail' : 'info';
      this.#note({ ...commit, type, invocation, code });
    }
  }

  #listener(): RebalanceListener {
    return {
      onAssigned: (added, generation) => this.#onAssigned(added, generation),
      onRevoked: (partitions) => this.#onRevoked(partitions),
      onLost: (partitions) => {
        if (this.#isDead || partitions.length === 0) return;
        this.#note({ f: 'release', type: 'info', keys: keysOf(partitions) });
        this.#drop(partitions);
      },
    };
  }

  async #onAssigned(added: readonly TopicPartition[], generation: number): Promise<void> {
    if (this.#isDead) return;
    this.#givenCount += 1;
    for (const { partition } of added) this.#held.set(partition, this.#givenCount);
    const keys = [...this.#held.keys()].map(keyOf);
    this.#note({ f: 'hold', type: 'ok', generation, keys });
    if (added.length > 0) await this.#askCommitted(added);
  }

  /** What whoever begins is told of where to begin. */
  async #askCommitted(added: readonly TopicPartition[]): Promise<void> {
    const fetch = { f: 'committed', offsets: [] } as const;
    const invocation = this.#note({ ...fetch, type: 'invoke' });
    try {
      const committed = await this.#consumer.committed({ timeoutMs: COMMIT_PATIENCE_MS });
      const isNew = ({ partition }: TopicPartition): boolean =>
        added.some((it) => it.partition === partition);
      const offsets = committed.filter(isNew).map(({ partition, nextOffset }) => {
        const key = keyOf(partition);
        return nextOffset === undefined ? { key } : { key, offset: nextOffset };
      });
      this.#note({ ...fetch, type: 'ok', invocation, offsets });
    } catch (error) {
      const code = error instanceof OttlaError ? error.code : 'unknown';
      this.#note({ ...fetch, type: 'fail', invocation, code });
    }
  }

  async #onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    // Who is dead gives nothing up: the group has to find out.
    if (this.#isDead) return new Promise(() => {});
    if (partitions.length === 0) return;
    const release = { f: 'release', keys: keysOf(partitions) } as const;
    const invocation = this.#note({ ...release, type: 'invoke' });
    await this.#commit(partitions.map(({ partition }) => partition));
    if (this.#isDead) return;
    this.#drop(partitions);
    this.#note({ ...release, type: 'ok', invocation });
  }

  #drop(partitions: readonly TopicPartition[]): void {
    for (const { partition } of partitions) {
      this.#held.delete(partition);
      this.#handled.delete(partition);
    }
  }

  #note(operation: GroupNote): number {
    const { recorder, process, group } = this.#options;
    const timeMs = recorder.nowMs();
    return recorder.add({ ...operation, process, group, timeMs } as NewGroupOperation);
  }

  #onError(error: unknown): void {
    const { recorder, process } = this.#options;
    if (!(error instanceof OttlaError)) throw error;
    if (this.#isClosing || error.retriable || this.#hasFailed) return;
    this.#hasFailed = true;
    recorder.addFailure(`${process}: ${error.code}: ${error.message}`);
  }
}

type NewGroupOperation = Extract<NewOperation, { readonly group: string }>;
/** What a member has to say; who it is, and when, is added. */
type GroupNote = NewGroupOperation extends infer T
  ? T extends NewGroupOperation
    ? Omit<T, 'process' | 'group' | 'timeMs'>
    : never
  : never;

const keysOf = (partitions: readonly TopicPartition[]): string[] =>
  partitions.map(({ partition }) => keyOf(partition));
