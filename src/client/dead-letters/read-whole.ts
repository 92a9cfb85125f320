import type { Offset, PartitionId } from '../../base/ids.ts';
import { onAbort } from '../../env/abort.ts';
import type { Timer } from '../../env/clock.ts';
import { listOffsets } from '../cluster/list-offsets.ts';
import type { ClientContext } from '../context.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';
import { Reader } from '../reader/reader.ts';
import { throwIfAborted } from '../timing.ts';

/** How often is looked whether a reader has come to the end behind what is no record. */
const END_CHECK_MS = 50;

export interface PartitionSpan {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly start: Offset;
  /** Exclusive. */
  readonly end: Offset;
}

/** What the partitions of a topic hold now; empty ones are left out. */
export const spansOf = async (
  context: ClientContext,
  topic: string,
  signal: AbortSignal | undefined,
): Promise<PartitionSpan[]> => {
  await context.metadata.refresh(new Set([topic]));
  const count = context.metadata.view.topics.get(topic)?.partitions.length ?? 1;
  const places = Array.from({ length: count }, (_, partition) => ({ topic, partition }));
  const ask = (at: 'earliest' | 'latest') =>
    listOffsets(
      context,
      places.map((place) => ({ ...place, at })),
      { signal },
    );
  const [starts, ends] = await Promise.all([ask('earliest'), ask('latest')]);
  return places.flatMap((place, at) => {
    const span = { ...place, start: starts[at]?.offset ?? 0, end: ends[at]?.offset ?? 0 };
    return span.start < span.end ? [span] : [];
  });
};

/** The records of a span, in order. Throws ABORTED by the signal. */
export async function* readWhole(
  context: ClientContext,
  { topic, partition, start, end }: PartitionSpan,
  signal: AbortSignal | undefined,
): AsyncGenerator<ReaderRecord, void, undefined> {
  const from = { offset: start };
  const assignments = [{ topic, partition, from }];
  const reader = new Reader(context, { assignments, offsetOutOfRange: 'earliest' }, () => {});
  let timer: Timer | undefined;
  const watch = (): void => {
    const isOver = (reader.position({ topic, partition }) ?? 0) >= end;
    if (isOver) void reader.close();
    else timer = context.clock.setTimer(END_CHECK_MS, watch);
  };
  const forget = onAbort(signal, () => void reader.close());
  watch();
  try {
    for await (const record of reader) {
      if (record.offset >= end) break;
      yield record;
      if (record.offset + 1 >= end) break;
    }
  } finally {
    timer?.cancel();
    forget();
    await reader.close();
  }
  throwIfAborted(signal, 'reading');
}
