import { connect, string } from '../../../src/index.ts';
import { keyOf, PARTITION_COUNT, TOPIC } from '../run-settings.ts';
import { notePolled } from './reader-load.ts';
import type { Recorder } from './recorder.ts';

/** Its name in a history. */
export const FINAL_READER = 'final';
const TIMEOUT_MS = 60_000;

/**
 * Reads every partition from its first record to the end it has now: only this tells lost from
 * late. False when it did not get there in time.
 */
export const readEverything = (bootstrap: string, recorder: Recorder): Promise<boolean> =>
  readToEnd({ bootstrap, recorder, process: FINAL_READER, partitions: PARTITIONS });

const PARTITIONS = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition);

interface ReadOptions {
  readonly bootstrap: string;
  readonly recorder: Recorder;
  readonly process: string;
  readonly partitions: readonly number[];
}

/** Reads one partition as a whole in the midst of a run, whatever becomes of its leaders. */
export const readPartition = async (
  recorder: Recorder,
  { bootstrap, partition }: { readonly bootstrap: string; readonly partition: number },
): Promise<void> => {
  const process = `probe-${recorder.takeNumber()}`;
  const isRead = await readToEnd({ bootstrap, recorder, process, partitions: [partition] });
  if (!isRead) recorder.addFailure(`${keyOf(partition)} could not be read to its end`);
};

const readToEnd = async (options: ReadOptions): Promise<boolean> => {
  const { bootstrap, recorder, process, partitions } = options;
  const keys = partitions.map(keyOf);
  recorder.add({ f: 'assign', type: 'ok', process, timeMs: recorder.nowMs(), keys });
  await using client = connect({ bootstrap });
  const questions = partitions.map(
    (partition) => ({ topic: TOPIC, partition, at: 'latest' }) as const,
  );
  const ends = await client.admin().listOffsets(questions, { timeoutMs: TIMEOUT_MS });
  const left = new Map(
    ends.flatMap(({ partition, offset = 0 }) => (offset > 0 ? [[partition, offset] as const] : [])),
  );
  if (left.size === 0) return true;
  await using reader = client.reader({
    assignments: partitions.map((partition) => ({ topic: TOPIC, partition, from: { offset: 0 } })),
    deserializers: { key: string, value: string },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  for await (const batch of reader.batches()) {
    notePolled(recorder, process, batch);
    if (batch.nextOffset >= (left.get(batch.partition) ?? Number.POSITIVE_INFINITY)) {
      left.delete(batch.partition);
    }
    if (left.size === 0) return true;
  }
  return false;
};
