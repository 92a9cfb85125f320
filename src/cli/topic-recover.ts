import type { PartitionRecovery, RecoveryReplica } from '../client/admin/recovery-admin.ts';
import type { OttlaClient } from '../client/client.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { UsageError } from './failure.ts';
import { printJson, printLine, printTable } from './output.ts';

export interface TopicRecoverVerb extends ClusterVerb {
  readonly partition?: number;
  readonly apply?: boolean;
  readonly leader?: number;
}

/** Says what would be lost; with `--apply` makes the named replica the leader. */
export const run = async (topic: string, options: TopicRecoverVerb): Promise<void> => {
  const { partition, leader, apply = false } = options;
  if (apply && (partition === undefined || leader === undefined)) {
    throw new UsageError(
      'name what is to lead: --apply --partition <number> --leader <broker>, as shown without --apply',
    );
  }
  if (!apply && leader !== undefined) throw new UsageError('--leader is for --apply: give both');
  await withClient(options, async (client) => {
    const found = await find(client, topic, partition);
    const isMeant = apply && partition !== undefined && leader !== undefined;
    if (isMeant) requireReplica(found, leader);
    if (options.json === true) await printJson(found);
    else await show(topic, found);
    if (!isMeant) return;
    await client.admin().recovery.elect({ topic, partition, leader });
    if (options.json === true) return;
    await printLine(`broker ${leader} leads partition ${partition} of topic ${topic}`);
  });
};

const find = async (
  client: OttlaClient,
  topic: string,
  partition: number | undefined,
): Promise<PartitionRecovery[]> => {
  const partitions = partition === undefined ? [] : [partition];
  const found = await client.admin().recovery.describe(topic, { partitions });
  const led = found.find(({ leader }) => leader !== -1);
  if (led === undefined) return found;
  throw new UsageError(
    `partition ${led.partition} of topic ${topic} is led by broker ${led.leader}: nothing is to be recovered`,
  );
};

const requireReplica = (found: readonly PartitionRecovery[], leader: number): void => {
  const replicas = found.flatMap((one) => one.replicas);
  const chosen = replicas.find(({ brokerId }) => brokerId === leader);
  const usable = replicas.filter(({ isInService }) => isInService).map(({ brokerId }) => brokerId);
  const remedy =
    usable.length === 0
      ? `start one of ${replicas.map(({ brokerId }) => brokerId).join(', ')} first`
      : `name one of ${usable.join(', ')}, or start it first`;
  if (chosen === undefined) throw new UsageError(`broker ${leader} has no replica: ${remedy}`);
  if (!chosen.isInService) throw new UsageError(`broker ${leader} is not in service: ${remedy}`);
};

const show = async (topic: string, found: readonly PartitionRecovery[]): Promise<void> => {
  if (found.length === 0) {
    return await printLine(`every partition of topic ${topic} has a leader: nothing to recover`);
  }
  await printTable({
    headings: ['PARTITION', 'REPLICA', 'STATE', 'EPOCH', 'START', 'END', 'ON-DISK', 'HW', 'LOST'],
    rows: found.flatMap((one) => one.replicas.map((replica) => rowOf(one, replica))),
  });
  for (const one of found) await printLine(verdictOf(topic, one));
};

const rowOf = (one: PartitionRecovery, replica: RecoveryReplica): (string | number)[] => {
  const { brokerId, log } = replica;
  const ends =
    log === undefined
      ? ['-', '-', '-', '-', '-', '-']
      : [
          log.lastEpoch,
          log.startOffset,
          log.endOffset,
          log.flushedOffset,
          log.highWatermark,
          log.lostCount,
        ];
  return [one.partition, brokerId, stateOf(one, replica), ...ends];
};

const stateOf = (
  one: PartitionRecovery,
  { brokerId, isInService, log }: RecoveryReplica,
): string => {
  if (log === undefined) return 'no answer';
  if (!isInService) return 'not in service';
  if (one.isr.includes(brokerId)) return 'in sync';
  if (one.eligibleLeaderReplicas.includes(brokerId)) return 'eligible';
  return one.lastKnownElr.includes(brokerId) ? 'may have forgotten' : 'out of sync';
};

/** Whom to choose, what that loses as far as anyone knows, and who might know more. */
const verdictOf = (topic: string, one: PartitionRecovery): string => {
  const { partition, choice, replicas } = one;
  const names = (list: readonly RecoveryReplica[]): string =>
    list.map(({ brokerId }) => brokerId).join(', ');
  if (choice === undefined) {
    return `partition ${partition}: no replica is in service; start one of ${names(replicas)}`;
  }
  const silent = replicas.filter(({ log }) => log === undefined);
  const unknown = silent.length === 0 ? '' : `; ${names(silent)} did not answer and may have more`;
  const verb = `ottla topic recover ${topic} --partition ${partition} --apply --leader ${choice}`;
  return `partition ${partition}: replica ${choice} has most, ${lossOf(one, choice)}${unknown}: ${verb}`;
};

const lossOf = (
  { replicas, knownHighWatermark = 0 }: PartitionRecovery,
  choice: number,
): string => {
  const log = replicas.find(({ brokerId }) => brokerId === choice)?.log;
  // Made anew, most likely: nothing tells what was here.
  if (log?.endOffset === 0 && knownHighWatermark === 0) {
    return 'which is nothing: how much was acknowledged is not known';
  }
  if (log === undefined || log.lostCount === 0) {
    return 'and all below the high watermark that is known';
  }
  const last = knownHighWatermark - 1;
  return `and lacks ${log.lostCount} acknowledged offsets (${log.endOffset} to ${last}), which would be lost`;
};
