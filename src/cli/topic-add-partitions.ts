import { OttlaError } from '../base/errors.ts';
import type { FenceSpec } from '../client/admin/admin-types.ts';
import type { OttlaClient } from '../client/client.ts';
import type { KeyMoves } from '../record/key-moves.ts';
import { keyMoves } from '../record/key-moves.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { UsageError } from './failure.ts';
import { describeFence } from './fence-text.ts';
import { sampleKeys } from './key-sample.ts';
import { printJson, printLine } from './output.ts';

export interface AddPartitionsVerb extends ClusterVerb {
  /** That the topic shall have in all. */
  readonly partitions: number;
  readonly dryRun?: boolean;
  /** Records to look at. */
  readonly sample: number;
  readonly fence?: boolean;
  readonly groups?: readonly string[];
  /** Seconds. */
  readonly settle: number;
}

const MS_PER_SECOND = 1000;

export const run = async (topic: string, options: AddPartitionsVerb): Promise<void> => {
  const fence = fenceIn(options);
  await withClient(options, async (client) => {
    if (options.dryRun === true) return await tellMoves(client, topic, options);
    const { partitions: totalPartitions } = options;
    const growth = { name: topic, totalPartitions, ...(fence === undefined ? {} : { fence }) };
    const admin = client.admin();
    await admin.createPartitions([growth]);
    const { fence: standing } = await admin.describeTopic(topic);
    if (options.json === true) {
      return await printJson({ topic, partitions: totalPartitions, fence: standing ?? null });
    }
    await printLine(`topic ${topic} has ${totalPartitions} partitions`);
    if (standing !== undefined) await printLine(describeFence(standing));
  });
};

const fenceIn = ({ fence, groups, settle }: AddPartitionsVerb): FenceSpec | undefined => {
  if (fence !== true) {
    if (groups === undefined) return undefined;
    throw new UsageError('--groups goes with --fence: give both, or none');
  }
  if (groups === undefined) throw new UsageError('before which groups? Give --groups as well');
  return { groups, settleMs: settle * MS_PER_SECOND };
};

const tellMoves = async (
  client: OttlaClient,
  topic: string,
  { partitions: after, sample, json }: AddPartitionsVerb,
): Promise<void> => {
  const before = (await client.admin().describeTopic(topic)).partitions.length;
  if (after <= before) {
    const why = `topic ${topic} has ${before} partitions already: give a larger number`;
    throw new OttlaError('INVALID_PARTITIONS', why);
  }
  const { keys, recordCount } = await sampleKeys(client, topic, sample);
  const moves = keyMoves(keys, { before, after });
  if (json === true) {
    const sampled = { sampledRecordCount: recordCount, ...moves };
    return await printJson({ topic, before, after, ...sampled });
  }
  await printLine(`topic ${topic}: ${before} partitions to ${after}`);
  await printLine(describeSample(moves, recordCount));
  await printLine(`of very many keys ${percent(moves.expectedShare)} would move, by murmur2`);
  await printLine('what is written stays: a key that moves has older records elsewhere, which are');
  await printLine(
    'handled at the same time as its newer ones, unless --fence keeps groups from it.',
  );
  await printLine('Nothing was changed: --dry-run');
};

const describeSample = (moves: KeyMoves, recordCount: number): string => {
  const { keyCount, movedKeyCount, movedRecordCount } = moves;
  if (keyCount === 0) return `of the newest ${recordCount} records none has a key: none would move`;
  const keys = `${movedKeyCount} of ${keyCount} keys (${percent(movedKeyCount / keyCount)})`;
  const records = percent(movedRecordCount / moves.recordCount);
  const of = `of the newest ${recordCount} records`;
  return `${of}: ${keys} would move, with ${records} of the records that have one`;
};

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
