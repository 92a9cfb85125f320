import type { NodeId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { Logger } from '../env/logger.ts';
import type { Counter } from '../env/meter.ts';
import type { MetadataImage, PartitionRegistration } from '../metadata/image.ts';
import { hasForgotten } from '../metadata/image.ts';
import type { PartitionDelta } from '../metadata/image-diff.ts';
import { changedBrokers, changedPartitions, removedTopics } from '../metadata/image-diff.ts';
import type { UncleanElection } from '../metadata/image-draft.ts';
import type { ImageNews } from '../metadata/loader.ts';
import { logBalance } from './balance/log-balance.ts';

export interface ChangeSinks {
  readonly logger: Logger;
  readonly uncleanElections: Counter;
}

/** Lines about single partitions in one change; the rest is counted. */
const PARTITION_LINES_MAX = 20;

export interface CommittedChange extends ImageNews {
  readonly previous: MetadataImage;
  readonly next: MetadataImage;
}

/** Says in the active controller's log what a committed change means to an operator. */
export const logChanges = (
  { previous, next, uncleanElections }: CommittedChange,
  sinks: ChangeSinks,
): void => {
  logBrokers(previous, next, sinks.logger);
  logTopics(previous, next, sinks.logger);
  logBalance(previous, next, sinks.logger);
  const unclean = uncleanElections.map((election) => uncleanNote(election, next));
  const isTold = ({ topicId, partition, next: after }: PartitionDelta): boolean =>
    uncleanElections.some(
      (one) =>
        one.topicId === topicId &&
        one.partition === partition &&
        one.leaderEpoch === after?.leaderEpoch,
    );
  const changed = changedPartitions(previous, next)
    .filter((delta) => !isTold(delta))
    .flatMap((delta) => noteOf(delta, next) ?? []);
  const notes = [...unclean, ...changed];
  for (const { level, message, fields } of notes.slice(0, PARTITION_LINES_MAX)) {
    sinks.logger[level](message, fields);
  }
  if (notes.length > PARTITION_LINES_MAX) {
    sinks.logger.warn('more partitions changed', { count: notes.length - PARTITION_LINES_MAX });
  }
  if (unclean.length > 0) sinks.uncleanElections.add(unclean.length);
};

const logBrokers = (previous: MetadataImage, next: MetadataImage, logger: Logger): void => {
  for (const { brokerId, previous: before, next: after } of changedBrokers(previous, next)) {
    if (after === undefined) {
      logger.info('broker unregistered', { brokerId });
    } else if (before?.brokerEpoch !== after.brokerEpoch) {
      const { brokerEpoch, peerAddress } = after;
      logger.info('broker registered', { brokerId, brokerEpoch, peerAddress });
    }
    if (after === undefined || before === undefined) continue;
    if (before.isFenced && !after.isFenced) logger.info('broker in service', { brokerId });
    if (!before.isFenced && after.isFenced) logger.info('broker out of service', { brokerId });
    if (!before.inControlledShutdown && after.inControlledShutdown) {
      logger.info('broker shutting down', { brokerId });
    }
  }
};

const logTopics = (previous: MetadataImage, next: MetadataImage, logger: Logger): void => {
  if (previous.topics === next.topics) return;
  for (const { topicId, name, partitions } of next.topics.values()) {
    if (previous.topics.has(topicId)) continue;
    logger.info('topic created', { topic: name, topicId, partitions: partitions.length });
  }
  for (const { topicId, name } of removedTopics(previous, next)) {
    logger.info('topic deleted', { topic: name, topicId });
  }
};

interface Note {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

const uncleanNote = (election: UncleanElection, image: MetadataImage): Note => {
  const { topicId, partition, leader, leaderEpoch } = election;
  const topic = image.topics.get(topicId)?.name ?? topicId;
  const message = election.isRecovered
    ? 'leader elected by what it still has: what was only in memory is lost'
    : 'unclean leader elected: records that only others had are lost';
  return { level: 'error', message, fields: { topic, partition, leader, leaderEpoch } };
};

/** None that is known to have, or to have had, what was committed. */
const hasNoCopy = ({ isr, elr, lastKnownElr }: PartitionRegistration): boolean =>
  isr.length + elr.length + lastKnownElr.length === 0;

const noteOf = (delta: PartitionDelta, image: MetadataImage): Note | undefined => {
  const { topicName: topic, partition, previous, next } = delta;
  if (previous === undefined || next === undefined) return undefined;
  const { leader, leaderEpoch } = next;
  const place = { topic, partition };
  if (hasNoCopy(next) && !hasNoCopy(previous)) {
    const message =
      'partition offline, no trusted copy is left: bring back a disk with its data, or accept the loss with an unclean election';
    const fields = { ...place, replicas: next.replicas.join(',') };
    return { level: 'error', message, fields };
  }
  if (hasForgotten(next) && !hasForgotten(previous)) {
    const message =
      'partition offline until all who may have forgotten what they acknowledged are back: who has most of it leads then';
    return { level: 'warn', message, fields: { ...place, replicas: next.lastKnownElr.join(',') } };
  }
  if (leader === previous.leader) return undefined;
  if (leader === NONE) {
    const message = 'partition offline until one of its in-sync or eligible replicas is back';
    const fields = { ...place, isr: next.isr.join(','), elr: next.elr.join(',') };
    // Who stops the last broker on purpose knows it.
    const isStopping = (id: NodeId): boolean =>
      image.brokers.get(id)?.inControlledShutdown === true;
    const isMeant = [...next.isr, next.lastKnownLeader].every(
      (id) => id === NONE || isStopping(id),
    );
    return { level: isMeant ? 'info' : 'warn', message, fields };
  }
  const fields = { ...place, leader, leaderEpoch };
  return { level: 'info', message: 'leader elected', fields };
};
