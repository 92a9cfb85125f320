import type { OffsetReset, OffsetTarget } from '../client/admin/group-types.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { UsageError } from './failure.ts';
import { printJson, printLine, printTable } from './output.ts';

export interface GroupSeekVerb extends ClusterVerb {
  readonly topic?: readonly string[];
  readonly partition?: readonly number[];
  readonly toEarliest?: boolean;
  readonly toLatest?: boolean;
  readonly toOffset?: number;
  readonly toTime?: number;
  readonly by?: number;
  readonly dryRun?: boolean;
}

export const run = async (groupId: string, options: GroupSeekVerb): Promise<void> => {
  const { dryRun = false } = options;
  const reset = { ...placesOf(options), to: targetOf(options), dryRun };
  await withClient(options, async (client) => {
    const moves = await client.admin().groups.resetOffsets(groupId, reset);
    if (options.json === true) return await printJson(moves);
    await printTable({
      headings: ['TOPIC', 'PARTITION', 'FROM', 'TO'],
      rows: moves.map(({ topic, partition, from, to }) => [
        topic,
        partition,
        from ?? 'nothing',
        to,
      ]),
    });
    if (dryRun) await printLine('nothing was changed: --dry-run');
  });
};

const placesOf = ({ topic: topics, partition }: GroupSeekVerb): Omit<OffsetReset, 'to'> => {
  if (partition === undefined) return topics === undefined ? {} : { topics };
  const [topic, ...others] = topics ?? [];
  if (topic === undefined || others.length > 0)
    throw new UsageError('--partition needs one --topic');
  return { partitions: partition.map((number) => ({ topic, partition: number })) };
};

const targetOf = (verb: GroupSeekVerb): OffsetTarget => {
  const { toEarliest, toLatest, toOffset: offset, toTime: timestampMs, by: shift } = verb;
  const targets: OffsetTarget[] = [
    ...(toEarliest === true ? (['earliest'] as const) : []),
    ...(toLatest === true ? (['latest'] as const) : []),
    ...(offset === undefined ? [] : [{ offset }]),
    ...(timestampMs === undefined ? [] : [{ timestampMs }]),
    ...(shift === undefined ? [] : [{ shift }]),
  ];
  const [target, ...others] = targets;
  if (target !== undefined && others.length === 0) return target;
  throw new UsageError('give one of --to-earliest, --to-latest, --to-offset, --to-time, --by');
};
