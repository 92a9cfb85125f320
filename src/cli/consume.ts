import { OttlaError } from '../base/errors.ts';
import type { Offset, PartitionId } from '../base/ids.ts';
import type { OttlaClient } from '../client/client.ts';
import type { Reader } from '../client/reader/reader.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { consumeInGroup } from './consume-in-group.ts';
import { UsageError } from './failure.ts';
import { RecordPrinter } from './record-printer.ts';

export interface ConsumeVerb extends ClusterVerb {
  readonly fromBeginning?: boolean;
  readonly exitAtEnd?: boolean;
  readonly partition?: readonly PartitionId[];
  readonly maxMessages?: number;
  readonly group?: string;
}

export const run = (topic: string, options: ConsumeVerb): Promise<void> => {
  const { group, fromBeginning, partition } = options;
  if (group !== undefined && partition !== undefined) {
    throw new UsageError('a group shares the partitions out itself: give --group or --partition');
  }
  const isWithoutGroup = group === undefined && (fromBeginning === true || partition !== undefined);
  return withClient(options, async (client) => {
    const partitions = await partitionsOf(client, topic, options);
    if (isWithoutGroup) await consumeAlone(client, { topic, partitions }, options);
    else await consumeInGroup(client, topic, options);
  });
};

const consumeAlone = async (
  client: OttlaClient,
  { topic, partitions }: Pick<Range, 'topic' | 'partitions'>,
  options: ConsumeVerb,
): Promise<void> => {
  const from = options.fromBeginning === true ? 'earliest' : 'latest';
  await using reader = client.reader({
    assignments: partitions.map((partition) => ({ topic, partition })),
    from,
  });
  const open =
    options.exitAtEnd === true ? await openEnds(client, { topic, partitions, from }) : undefined;
  const printer = new RecordPrinter(options);
  if (open?.size !== 0) await printAll(reader, printer, open);
  await printer.finish();
};

const partitionsOf = async (
  client: OttlaClient,
  topic: string,
  { partition: asked }: ConsumeVerb,
): Promise<PartitionId[]> => {
  const { partitions } = await client.admin().describeTopic(topic);
  const missing = asked?.find((partition) => partition >= partitions.length);
  if (missing !== undefined) {
    throw new OttlaError(
      'INVALID_PARTITIONS',
      `topic ${topic} has partitions 0 to ${partitions.length - 1}, not ${missing}`,
    );
  }
  return asked === undefined ? partitions.map(({ partition }) => partition) : [...new Set(asked)];
};

interface Range {
  readonly topic: string;
  readonly partitions: readonly PartitionId[];
  readonly from: 'earliest' | 'latest';
}

/** The ends of the partitions that have something before them. */
const openEnds = async (
  client: OttlaClient,
  { topic, partitions, from }: Range,
): Promise<Map<PartitionId, Offset>> => {
  const ask = (at: 'earliest' | 'latest') =>
    client.admin().listOffsets(partitions.map((partition) => ({ topic, partition, at })));
  const ends = await ask('latest');
  const starts = from === 'latest' ? ends : await ask('earliest');
  const startOf = new Map(starts.map(({ partition, offset = 0 }) => [partition, offset]));
  return new Map(
    ends
      .map(({ partition, offset = 0 }) => [partition, offset] as const)
      .filter(([partition, end]) => end > (startOf.get(partition) ?? 0)),
  );
};

/** Until the reader ends, the printer has enough, or every open end was reached. */
const printAll = async (
  reader: Reader,
  printer: RecordPrinter,
  open: Map<PartitionId, Offset> | undefined,
): Promise<void> => {
  for await (const batch of reader.batches()) {
    const end = open?.get(batch.partition);
    await printer.print(batch, open === undefined ? Number.POSITIVE_INFINITY : (end ?? 0));
    if (printer.isDone) return;
    if (open === undefined) {
      await printer.flush();
    } else if (end !== undefined && batch.nextOffset >= end) {
      open.delete(batch.partition);
      reader.pause([batch.partition]);
      if (open.size === 0) return;
    }
  }
};
