import type { Offset, PartitionId } from '../base/ids.ts';
import type { OttlaClient } from '../client/client.ts';
import type { Consumer } from '../client/group/consumer.ts';
import { onStopSignal, writeError } from '../platform/process.ts';
import { SystemClock } from '../platform/system-clock.ts';
import type { PrintOptions } from './record-printer.ts';
import { RecordPrinter } from './record-printer.ts';

export interface GroupConsumeOptions extends PrintOptions {
  readonly group?: string;
  readonly fromBeginning?: boolean;
  readonly exitAtEnd?: boolean;
}

const DEFAULT_GROUP = 'default';
const END_CHECK_MS = 50;

/**
 * Prints what a group has not handled yet, as one of its members, until a signal, enough records or
 * the ends of the start. What was written counts as handled; a signal leaves the group in order.
 */
export const consumeInGroup = async (
  client: OttlaClient,
  topic: string,
  options: GroupConsumeOptions,
): Promise<void> => {
  const { group = DEFAULT_GROUP, fromBeginning = false, exitAtEnd = false } = options;
  if (options.group === undefined) {
    writeError(`ottla: joining group ${group}; --group names another, --from-beginning needs none`);
  }
  // A cluster that cannot have groups says why here, and is not waited for in silence.
  await client.admin().groups.offsets(group);
  const ends = exitAtEnd ? await endsOf(client, topic) : undefined;
  const abort = new AbortController();
  onStopSignal(() => abort.abort());
  let hasShare = false;
  await using consumer = client.consumer({
    topics: [topic],
    groupId: group,
    offsetReset: fromBeginning ? 'earliest' : 'latest',
    signal: abort.signal,
    listener: {
      onAssigned: () => {
        hasShare = true;
      },
    },
  });
  const isAtEnd = async (): Promise<boolean> => {
    if (!hasShare || ends === undefined || !hasReached(consumer, ends)) return false;
    return consumer.partitions.length > 0 || (await isIdle(client, { group, topic, ends }));
  };
  const clock = new SystemClock();
  const watch = async (): Promise<void> => {
    const isOver = await isAtEnd().catch(() => false);
    if (isOver) abort.abort();
    else if (!abort.signal.aborted) timer = clock.setTimer(END_CHECK_MS, () => void watch());
  };
  let timer = clock.setTimer(END_CHECK_MS, () => void watch());
  try {
    await printAll(consumer, new RecordPrinter(options), ends);
  } finally {
    abort.abort();
    timer.cancel();
  }
};

const printAll = async (
  consumer: Consumer,
  printer: RecordPrinter,
  ends: ReadonlyMap<PartitionId, Offset> | undefined,
): Promise<void> => {
  for await (const batch of consumer.batches()) {
    const { topic, partition } = batch;
    const end = ends === undefined ? Number.POSITIVE_INFINITY : (ends.get(partition) ?? 0);
    const nextOffset = await printer.print(batch, end);
    await printer.flush();
    if (nextOffset === batch.nextOffset && !printer.isDone) continue;
    await consumer.commit([{ topic, partition, nextOffset }]);
    if (printer.isDone) break;
    // What came after the start is for the next one who asks.
    consumer.seek({ topic, partition }, nextOffset);
    consumer.pause([{ topic, partition }]);
  }
  await printer.finish();
};

const endsOf = async (
  client: OttlaClient,
  topic: string,
): Promise<ReadonlyMap<PartitionId, Offset>> => {
  const { partitions } = await client.admin().describeTopic(topic);
  const questions = partitions.map(({ partition }) => ({
    topic,
    partition,
    at: 'latest' as const,
  }));
  const ends = await client.admin().listOffsets(questions);
  return new Map(ends.map(({ partition, offset = 0 }) => [partition, offset]));
};

/** In what this member has; partitions of other members are theirs to print. */
const hasReached = (consumer: Consumer, ends: ReadonlyMap<PartitionId, Offset>): boolean =>
  consumer.partitions.every(({ topic, partition }) => {
    const position = consumer.position({ topic, partition });
    return position !== undefined && position >= (ends.get(partition) ?? 0);
  });

/**
 * A first share may be empty because others have to give theirs up before; it stays so only where
 * every partition is with somebody. Where no member is idle, this one has a share and is about to
 * hear of it.
 */
const isIdle = async (
  client: OttlaClient,
  of: {
    readonly group: string;
    readonly topic: string;
    readonly ends: ReadonlyMap<PartitionId, Offset>;
  },
): Promise<boolean> => {
  const { state, members } = await client.admin().groups.describe(of.group);
  const held = members.flatMap(({ partitions }) =>
    partitions.filter((at) => at.topic === of.topic),
  );
  const hasIdle = members.some(({ partitions }) => partitions.length === 0);
  return state === 'Stable' && held.length === of.ends.size && hasIdle;
};
