import { OttlaError } from '../../base/errors.ts';
import type { PartitionId } from '../../base/ids.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';
import type { PartitionSelector } from '../reader/reader-options.ts';
import type { TopicPartition } from './consumer-options.ts';
import type { OffsetCommit, OwnCommit } from './group-offsets.ts';
import type { Holdings } from './holdings.ts';

/** Finds the partitions that a user of a consumer names, among those that it has now. */
export class PartitionChoice {
  readonly #holdings: Holdings;
  readonly #topics: () => readonly string[];

  constructor(holdings: Holdings, topics: () => readonly string[]) {
    this.#holdings = holdings;
    this.#topics = topics;
  }

  /** All where none are named. Errors: those of `expect`. */
  select(partitions: readonly PartitionSelector[] | undefined): readonly PartitionCursor[] {
    return partitions?.map((partition) => this.expect(partition)) ?? this.#holdings.cursors;
  }

  /** Throws CONFIG for a partition that the consumer does not have now. */
  expect(selector: PartitionSelector): PartitionCursor {
    const at = typeof selector === 'object' ? selector : this.#inOnlyTopic(selector);
    const cursor = this.#holdings.find(at);
    if (cursor !== undefined) return cursor;
    throw new OttlaError(
      'CONFIG',
      `this consumer does not have partition ${at.partition} of topic ${at.topic} now: what it has is in partitions`,
    );
  }

  /** Throws CONFIG for an offset that cannot be, ILLEGAL_GENERATION for what it does not have. */
  commitOf(offset: OffsetCommit): OwnCommit {
    const { topic, partition, nextOffset } = offset;
    if (!Number.isSafeInteger(nextOffset) || nextOffset < 0) {
      throw new OttlaError(
        'CONFIG',
        `commit of nextOffset=${nextOffset}: give a whole number, 0 or more`,
      );
    }
    const own = this.#holdings.ownCommit({ ...offset });
    if (own !== undefined) return own;
    throw new OttlaError(
      'ILLEGAL_GENERATION',
      `${topic} partition ${partition} is not this consumer's now: what it has is in partitions`,
    );
  }

  #inOnlyTopic(partition: PartitionId): TopicPartition {
    const [topic, ...others] = this.#topics();
    if (topic !== undefined && others.length === 0) return { topic, partition };
    throw new OttlaError(
      'CONFIG',
      `partition ${partition} of which topic? This consumer has several: give {topic, partition}`,
    );
  }
}
