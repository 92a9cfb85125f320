/** Of Kafka's `ProducerPerformance`, without what was sent to warm up. */
export interface ProducerReport {
  readonly recordCount: number;
  readonly recordsPerSecond: number;
}

const SENT = /^(\d+) (steady state )?records sent, ([\d.]+) records\/sec/gm;

/** What the tool has said in the end; throws when it did not come to one. */
export const parseProducer = (output: string): ProducerReport => {
  const found = [...output.matchAll(SENT)].at(-1);
  if (found === undefined) throw new Error(`no summary in: ${output.slice(-500)}`);
  return { recordCount: Number(found[1]), recordsPerSecond: Number(found[3]) };
};

/** Of Kafka's `ConsumerPerformance`. */
export interface ConsumerReport {
  readonly recordCount: number;
  /** From the moment it had its partitions to the last record. */
  readonly recordsPerSecond: number;
}

/** Of the line that the tool ends with, without its header. */
export const parseConsumer = (output: string): ConsumerReport => {
  const line = output.trim().split('\n').at(-1) ?? '';
  const fields = line.split(', ');
  const [recordCount, recordsPerSecond] = [Number(fields[4]), Number(fields[9])];
  if (!(recordCount > 0 && recordsPerSecond > 0)) throw new Error(`no summary in: ${line}`);
  return { recordCount, recordsPerSecond };
};

/**
 * Of `--show-detailed-stats`: the rate from the first interval in which records came to the last, for
 * a consumer that was there before its producer. Each line ends an interval of `intervalMs`.
 */
export const parseTail = (output: string, intervalMs: number): ConsumerReport => {
  const counts = output
    .trim()
    .split('\n')
    .map((line) => line.split(', '))
    .filter((fields) => fields.length === 10 && Number(fields[4]) > 0)
    .map((fields) => Number(fields[4]));
  const [first = 0, last = 0] = [counts[0], counts.at(-1)];
  if (counts.length < 2) throw new Error(`too few intervals in: ${output.slice(-500)}`);
  const seconds = ((counts.length - 1) * intervalMs) / 1000;
  return { recordCount: last, recordsPerSecond: (last - first) / seconds };
};

/** Of Kafka's `EndToEndLatency`: one record at a time, in whole ms. */
export interface EndToEndReport {
  readonly averageMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export const parseEndToEnd = (output: string): EndToEndReport => {
  const average = /Avg latency: ([\d.]+) ms/.exec(output);
  const percentiles = /50th = (\d+), 99th = (\d+)/.exec(output);
  if (average === null || percentiles === null) throw new Error(`no summary in: ${output}`);
  const [averageMs, p50Ms, p99Ms] = [average[1], percentiles[1], percentiles[2]].map(Number);
  return { averageMs: averageMs ?? 0, p50Ms: p50Ms ?? 0, p99Ms: p99Ms ?? 0 };
};
