/** A record as the clients' programs read and write it: a line of JSON, bytes as base64. */
export interface WireRecord {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
  readonly timestamp: number;
}

const START_MS = Date.UTC(2026, 0, 1);
const MEBIBYTE = 1024 * 1024;

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** All byte values, in an order of its own for each seed. */
const noise = (sizeBytes: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, (_, at) => (at * 167 + seed * 13 + (at >> 8)) & 0xff);

/**
 * Records for one partition that have all that a record can have: no key, no value, empty ones,
 * headers with names that are dangerous elsewhere, bytes that are no text, and one that is large.
 */
export const oddRecords = (partition: number, seed: number): WireRecord[] => {
  const plain = { partition, key: null, value: base64(noise(20, seed)), headers: [] };
  const shapes: Omit<WireRecord, 'timestamp'>[] = [
    plain,
    { ...plain, key: base64(Buffer.from(`key-${seed}`)) },
    { ...plain, key: base64(noise(300, seed)), value: null },
    { ...plain, key: '', value: '' },
    { ...plain, headers: [['trace', base64(Buffer.from('a1b2'))]] },
    {
      ...plain,
      headers: [
        ['__proto__', base64(Buffer.from('1'))],
        ['constructor', base64(Buffer.from('2'))],
        ['größe', ''],
      ],
    },
    { ...plain, value: base64(noise(MEBIBYTE - 1024, seed)) },
    ...Array.from({ length: 50 }, (_, at) => ({
      ...plain,
      key: base64(Buffer.from(`k${at}`)),
      value: base64(Buffer.from(`value ${seed}-${at}`)),
    })),
  ];
  return shapes.map((shape, at) => ({ ...shape, timestamp: START_MS + seed * 1000 + at }));
};

/** Many small ones, over some partitions in turn, each value once. */
export const countedRecords = (count: number, partitions: number): WireRecord[] =>
  Array.from({ length: count }, (_, at) => ({
    partition: at % partitions,
    key: null,
    value: base64(Buffer.from(`number ${at}`)),
    headers: [],
    timestamp: START_MS + at,
  }));

/** As lines for a client's standard input. */
export const linesOf = (records: readonly WireRecord[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** By partition, in order, without what the broker adds. */
export const byPartition = (records: readonly WireRecord[]): Map<number, WireRecord[]> => {
  const found = new Map<number, WireRecord[]>();
  for (const { partition, key, value, headers, timestamp } of records) {
    const list = found.get(partition) ?? [];
    list.push({ partition, key, value, headers, timestamp });
    found.set(partition, list);
  }
  return found;
};
