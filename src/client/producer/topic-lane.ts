import type { PartitionId } from '../../base/ids.ts';
import type { Random } from '../../env/random.ts';
import { partitionForKey } from '../../record/murmur2.ts';
import type { TopicView } from '../cluster/cluster-view.ts';
import { isPartitionNumber } from '../cluster/cluster-view.ts';
import { reasonOf } from '../serde/serde.ts';
import { PartitionQueue } from './partition-queue.ts';
import type { PartitionChoice } from './partitioner.ts';
import { decideStickyPartition, describeBadChoice } from './partitioner.ts';
import { ProduceError } from './produce-error.ts';
import type { ProducerSettings } from './producer-options.ts';
import type { DeliveryCallback, EncodedRecord } from './producer-record.ts';
import { soloBatchBytes } from './record-size.ts';

/** A record that waits until its topic, or its partition, is known. */
export interface WaitingRecord {
  readonly record: EncodedRecord;
  readonly callback: DeliveryCallback | undefined;
  /** When it was taken, on the monotonic clock: its delivery timeout counts from there. */
  readonly sinceMs: number;
}

/** One topic in a producer: its queues, and who goes into which. */
export class TopicLane {
  readonly topic: string;
  /** Until the topic is known, or known anew; in the order of the calls. */
  readonly waiting: WaitingRecord[] = [];
  /** It is being looked up: what comes meanwhile waits. */
  isAwaited = false;
  readonly #settings: ProducerSettings;
  readonly #random: Random;
  #view: TopicView | undefined;
  #queues: PartitionQueue[] = [];
  #stickyPartition: PartitionId | undefined;
  #nextInTurn = 0;

  constructor(topic: string, settings: ProducerSettings, random: Random) {
    this.topic = topic;
    this.#settings = settings;
    this.#random = random;
  }

  get view(): TopicView | undefined {
    return this.#view;
  }

  /** False where records are known to be delivered at once, whatever they ask for. */
  get letsWait(): boolean {
    return this.#view?.delayEnable !== false;
  }

  get queues(): readonly PartitionQueue[] {
    return this.#queues;
  }

  /**
   * Takes what is newly known. Where the topic was made anew, its queues are left to the new ones;
   * with another number of partitions keys belong elsewhere, and they end with what is in them.
   */
  onView(view: TopicView): void {
    let left: readonly PartitionQueue[] = [];
    if (this.#view?.topicId !== view.topicId) {
      if (this.#queues.length === view.partitions.length) left = this.#queues;
      this.#queues = [];
      this.#stickyPartition = undefined;
    }
    this.#view = view;
    const { topicId } = view;
    const { isIdempotent, maxInFlight } = this.#settings;
    const { letsWait } = this;
    while (this.#queues.length < view.partitions.length) {
      const partition = this.#queues.length;
      const shared = { topic: this.topic, topicId, isIdempotent, maxInFlight, letsWait };
      const queue = new PartitionQueue({ ...shared, partition });
      left[partition]?.leaveTo(queue);
      this.#queues.push(queue);
    }
  }

  /** Throws MESSAGE_TOO_LARGE for a record that the topic cannot take even alone. */
  checkSize(record: EncodedRecord): void {
    const limitBytes = this.#view?.maxMessageBytes ?? 0;
    if (limitBytes <= 0 || record.bufferedBytes + 61 <= limitBytes) return;
    const sizeBytes = soloBatchBytes({ ...record, headers: record.headers ?? [] });
    if (sizeBytes <= limitBytes) return;
    throw new ProduceError(
      'MESSAGE_TOO_LARGE',
      `a record of ${sizeBytes} bytes is above max.message.bytes=${limitBytes} of topic ${this.topic}`,
      { topic: this.topic },
    );
  }

  /** Size at which this topic's batches are full. */
  get maxBatchBytes(): number {
    const limitBytes = this.#view?.maxMessageBytes ?? 0;
    const { batchBytes } = this.#settings;
    return limitBytes > 0 ? Math.min(batchBytes, limitBytes) : batchBytes;
  }

  /**
   * The partition for a record: the one it names, or else the partitioner's choice, asked once a
   * record. It may be one that this client does not know. Throws INVALID_PARTITIONS where the
   * partitioner throws, or chooses what is no partition.
   */
  choose(record: EncodedRecord): PartitionId {
    if (record.partition !== undefined) return record.partition;
    const { partitioner } = this.#settings;
    const partitionCount = this.#queues.length;
    if (typeof partitioner === 'function') return this.#ask(partitioner, record);
    if (partitioner === 'roundRobin') {
      this.#nextInTurn = (this.#nextInTurn + 1) % partitionCount;
      return this.#nextInTurn;
    }
    if (partitioner === 'murmur2' && record.key !== null) {
      return partitionForKey(record.key, partitionCount);
    }
    return this.#chooseSticky(record);
  }

  #ask(partitioner: (choice: PartitionChoice) => PartitionId, record: EncodedRecord): PartitionId {
    const { topic, key, value } = record;
    const partitionCount = this.#queues.length;
    let chosen: PartitionId;
    try {
      chosen = partitioner({ topic, key, value, partitionCount });
    } catch (cause) {
      const message = `the partitioner threw for a record of ${topic}: ${reasonOf(cause)}`;
      throw new ProduceError('INVALID_PARTITIONS', message, { topic, cause });
    }
    if (isPartitionNumber(chosen)) return chosen;
    throw new ProduceError('INVALID_PARTITIONS', describeBadChoice(chosen, topic, partitionCount), {
      topic,
    });
  }

  /** One partition a batch: where the open batch takes no more, another partition begins one. */
  #chooseSticky(record: EncodedRecord): PartitionId {
    const view = this.#view;
    const queue =
      this.#stickyPartition === undefined ? undefined : this.#queues[this.#stickyPartition];
    if (queue?.takes(record) === true) return queue.partition;
    if (view === undefined) return 0;
    this.#stickyPartition = decideStickyPartition(view, this.#stickyPartition, this.#random);
    return this.#stickyPartition;
  }
}
