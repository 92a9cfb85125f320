import { OttlaError } from '../../base/errors.ts';
import type { ClientContext } from '../context.ts';
import type { DegradeSwitch } from '../degrade/degrade-switch.ts';
import { deadLetterTopic, refuseOwnTopic } from '../failure/failure-policy.ts';
import type { BatchOptions } from '../handling/batch-options.ts';
import { resolveBatchOptions } from '../handling/batch-options.ts';
import { BatchRun } from '../handling/batch-run.ts';
import type { HandlerTimes } from '../handling/handler-times.ts';
import type { RecordWork, RecordWorkDeps } from '../handling/record-work.ts';
import { Run } from '../handling/run.ts';
import type { RunOptions, RunSettings } from '../handling/run-options.ts';
import { resolveRunOptions } from '../handling/run-options.ts';
import type { RecordWorkSettings } from '../handling/work-options.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';
import type { Delivery } from '../reader/record-source.ts';
import { checkRetryTopic } from '../retry/check-retry-topic.ts';
import type { ConsumerSettings } from './consumer-options.ts';
import type { Holdings } from './holdings.ts';

export interface ConsumerWorkDeps<K, V> {
  readonly context: ClientContext;
  readonly settings: ConsumerSettings;
  readonly holdings: Holdings;
  readonly degrade: DegradeSwitch;
  readonly times: HandlerTimes;
  readonly tell: () => void;
  readonly throwIfBusy: () => void;
  readonly isClosing: () => boolean;
  readonly generation: () => number;
  /** Has partitions of this topic read beside those that the group gives. */
  readonly accompany: (topic: string | undefined) => void;
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
    const { context, settings: own } = this.#deps;
    const settings = resolveRunOptions(options, own.maxPollIntervalMs);
    const { retry, failure } = settings;
    const topic = retry === undefined ? '' : onlyTopicOf(own);
    if (retry !== undefined) {
      refuseOwnTopic('onFailure.retry', retry.topic, own);
      if (retry.topic === deadLetterTopic(failure)) throw sameTopic(retry.topic);
      await checkRetryTopic(context, topic, retry.topic);
    }
    await this.#through(settings, (deps) => new Run<K, V>(deps, settings, topic), retry?.topic);
  }

  async eachBatch(options: BatchOptions<K, V>): Promise<void> {
    const settings = resolveBatchOptions(options, this.#deps.settings.maxPollIntervalMs);
    const { park } = settings;
    const topic = park !== undefined && 'topic' in park ? park.topic : undefined;
    refuseOwnTopic('onFailure.partial.park', topic, this.#deps.settings);
    await this.#through(settings, (deps) => new BatchRun<K, V>(deps, settings));
  }

  async runItems(options: RunOptions<K, V>): Promise<void> {
    const settings = { ...this.#withoutRetry('runItems', options), isSplitting: true };
    await this.#through(settings, (deps) => new Run<K, V>(deps, settings));
  }

  async runParked(options: RunOptions<K, V>): Promise<void> {
    const settings = { ...this.#withoutRetry('runParked', options), isUnparking: true };
    await this.#through(settings, (deps) => new Run<K, V>(deps, settings));
  }

  #withoutRetry(what: string, options: RunOptions<K, V>): RunSettings<K, V> {
    const settings = resolveRunOptions(options, this.#deps.settings.maxPollIntervalMs);
    if (settings.retry === undefined) return settings;
    throw new OttlaError('CONFIG', `${what} has no onFailure.retry: only run reads a retry topic`);
  }

  async #through(
    { failure }: RecordWorkSettings,
    make: (deps: RecordWorkDeps) => RecordWork<K, V>,
    companion?: string,
  ): Promise<void> {
    const { context, settings, holdings, degrade, times, tell, throwIfBusy, isClosing } =
      this.#deps;
    refuseOwnTopic('onFailure.giveUp.deadLetter', deadLetterTopic(failure), settings);
    throwIfBusy();
    this.#deps.accompany(companion);
    const work = make({
      context,
      groupId: settings.groupId,
      degrade,
      times,
      generation: this.#deps.generation,
      resumeOf: (cursor) => holdings.resumeOf(cursor),
      positionOf: (topic, partition) => holdings.find({ topic, partition })?.position,
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

/** Partition n of the retry topic is read with partition n of it. */
const onlyTopicOf = ({ topics }: ConsumerSettings): string => {
  const [topic, ...others] = topics;
  if (topic !== undefined && others.length === 0) return topic;
  const why = 'onFailure.retry takes a consumer of one topic, named and not by pattern';
  throw new OttlaError('CONFIG', `${why}: make one a topic`);
};

const sameTopic = (topic: string): OttlaError =>
  new OttlaError('CONFIG', `onFailure.retry and giveUp.deadLetter both name ${topic}: name two`);
