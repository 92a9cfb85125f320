import { OttlaError } from '../../base/errors.ts';
import type { EncodableRecord, RecordHeader } from '../../record/record.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';

/** Name and value, names in lower case; a name may repeat. */
export type HttpHeaders = ReadonlyArray<readonly [name: string, value: string]>;

/** A request that was refused, and is to be replayed later. */
export interface SpilledRequest {
  /** Of this record, wherever it goes: the same in each replay. */
  readonly id: string;
  readonly method: string;
  /** Path and query, as they stood in the request's first line. */
  readonly url: string;
  /** Those that were allowed. */
  readonly headers: HttpHeaders;
  /** As it came; empty where there was none. */
  readonly body: Uint8Array;
  /** When it was refused: milliseconds since 1970, UTC. */
  readonly refusedMs: number;
}

const PREFIX = 'ottla.spill.';
const [ID, METHOD, URL] = [`${PREFIX}id`, `${PREFIX}method`, `${PREFIX}url`];
/** Before the names of the request's own headers. */
const HTTP = 'http.';

const header = (key: string, text: string): RecordHeader => ({
  key,
  value: Buffer.from(text, 'utf8'),
});

/** As a record: the body is its value, all else its headers. */
export const spillRecord = (request: SpilledRequest): Omit<Required<EncodableRecord>, 'key'> => ({
  value: request.body,
  headers: [
    header(ID, request.id),
    header(METHOD, request.method),
    header(URL, request.url),
    ...request.headers.map(([name, value]) => header(HTTP + name, value)),
  ],
  timestampMs: request.refusedMs,
});

/** The request in a record that `spillOver` has sent. Throws INVALID_RECORD where there is none. */
export const spilledRequest = (record: ReaderRecord): SpilledRequest => {
  const { topic, partition, offset, timestampMs, value } = record;
  const texts = record.headers.map(
    ({ key, value: bytes }) => [key, Buffer.from(bytes ?? []).toString('utf8')] as const,
  );
  const textOf = (name: string): string => {
    const found = texts.find(([key]) => key === name);
    if (found !== undefined) return found[1];
    const place = `${topic} partition ${partition} offset ${offset}`;
    const text = `${place} has no header ${name}: it is no request that was spilled over`;
    throw new OttlaError('INVALID_RECORD', text);
  };
  return {
    id: textOf(ID),
    method: textOf(METHOD),
    url: textOf(URL),
    headers: texts.flatMap(([key, text]) =>
      key.startsWith(HTTP) ? [[key.slice(HTTP.length), text] as const] : [],
    ),
    body: value ?? new Uint8Array(),
    refusedMs: timestampMs,
  };
};
