import { connect, string } from '../../../src/index.ts';
import { TOPIC } from '../run-settings.ts';
import { KEYS, notePolled } from './reader-load.ts';
import type { Recorder } from './recorder.ts';

/** Its name in a history. */
export const FINAL_READER = 'final';
const TIMEOUT_MS = 60_000;

/**
 * Reads every partition from its first record to the end it has now: only this tells lost from
 * late. False when it did not get there in time.
 */
export const readEverything = async (bootstrap: string, recorder: Recorder): Promise<boolean> => {
  const timeMs = recorder.nowMs();
  recorder.add({ f: 'assign', type: 'ok', process: FINAL_READER, timeMs, keys: KEYS });
  await using client = connect({ bootstrap });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  await using reader = client.reader({
    topic: TOPIC,
    from: 'earliest',
    deserializers: { key: string, value: string },
    signal,
  });
  const ends = await reader.endOffsets({ timeoutMs: TIMEOUT_MS });
  const left = new Map(
    ends.filter(({ endOffset }) => endOffset > 0).map((it) => [it.partition, it.endOffset]),
  );
  if (left.size === 0) return true;
  for await (const batch of reader.batches()) {
    notePolled(recorder, FINAL_READER, batch);
    if (batch.nextOffset >= (left.get(batch.partition) ?? Number.POSITIVE_INFINITY)) {
      left.delete(batch.partition);
    }
    if (left.size === 0) return true;
  }
  return false;
};
