import type { ClientContext } from '../context.ts';
import type { DegradeSwitch } from '../degrade/degrade-switch.ts';
import { deadLetterTopic, refuseOwnTopic } from '../failure/failure-policy.ts';
import type { BatchOptions } from '../handling/batch-options.ts';
import { resolveBatchOptions } from '../handling/batch-options.ts';
import { BatchRun } from '../handling/batch-run.ts';
import type { RecordWork, RecordWorkDeps } from '../handling/record-work.ts';
import { Run } from '../handling/run.ts';
import type { RunOptions } from '../handling/run-options.ts';
import { resolveRunOptions } from '../handling/run-options.ts';
import type { RecordWorkSettings } from '../handling/work-options.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';
import type { Delivery } from '../reader/record-source.ts';
import type { ConsumerSettings } from './consumer-options.ts';
import type { Holdings } from './holdings.ts';

export interface ConsumerWorkDeps<K, V> {
  readonly context: ClientContext;
  readonly settings: ConsumerSettings;
  readonly holdings: Holdings;
  readonly degrade: DegradeSwitch;
  readonly tell: () => void;
  readonly throwIfBusy: () => void;
  readonly isClosing: () => boolean;
  readonly generation: () => number;
  readonly deliveries: (
    signal: AbortSignal,
    hasRoom: (cursor: PartitionCursor) => boolean,
  ) => AsyncIterable<Delivery<K, V>>;
}

/** The iterations of a consumer that hand records to handlers. */
export class ConsumerWork<K, V> {
  readonly #deps: ConsumerWorkDeps<K, V>;

  constructor(deps: ConsumerWorkDeps<K, V>) {
    this.#deps = deps;
  }

  async run(options: RunOptions<K, V>): Promise<void> {
    const settings = resolveRunOptions(options, this.#deps.settings.maxPollIntervalMs);
    await this.#through(settings, (deps) => new Run<K, V>(deps, settings));
  }

  async eachBatch(options: BatchOptions<K, V>): Promise<void> {
    const settings = resolveBatchOptions(options, this.#deps.settings.maxPollIntervalMs);
    const { park } = settings;
    const topic = park !== undefined && 'topic' in park ? park.topic : undefined;
    refuseOwnTopic('onFailure.partial.park', topic, this.#deps.settings);
    await this.#through(settings, (deps) => new BatchRun<K, V>(deps, settings));
  }

  async runItems(options: RunOptions<K, V>): Promise<void> {
    const resolved = resolveRunOptions(options, this.#deps.settings.maxPollIntervalMs);
    const settings = { ...resolved, isSplitting: true };
    await this.#through(settings, (deps) => new Run<K, V>(deps, settings));
  }

  async runParked(options: RunOptions<K, V>): Promise<void> {
    const resolved = resolveRunOptions(options, this.#deps.settings.maxPollIntervalMs);
    const settings = { ...resolved, isUnparking: true };
    await this.#through(settings, (deps) => new Run<K, V>(deps, settings));
  }

  async #through(
    { failure }: RecordWorkSettings,
    make: (deps: RecordWorkDeps) => RecordWork<K, V>,
  ): Promise<void> {
    const { context, settings, holdings, degrade, tell, throwIfBusy, isClosing, generation } =
      this.#deps;
    refuseOwnTopic('onFailure.giveUp.deadLetter', deadLetterTopic(failure), settings);
    throwIfBusy();
    const work = make({
      context,
      groupId: settings.groupId,
      degrade,
      generation,
      resumeOf: (cursor) => holdings.resumeOf(cursor),
      forget: (cursor) => holdings.forget(cursor),
      tell,
    });
    holdings.beginWork(work);
    try {
      await work.through(this.#deps.deliveries(work.signal, work.hasRoom));
      if (!isClosing() && settings.isAutoCommit) await holdings.commitHandled();
    } finally {
      holdings.endWork(work);
    }
    work.throwFailure();
  }
}
