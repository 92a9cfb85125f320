import type { DeadLetter, DeadLetterFilter } from '../client/dead-letters/dead-letter.ts';
import type { ClusterVerb } from './client.ts';
import { jsonOfBytes } from './record-text.ts';

export interface DlqFilterVerb extends ClusterVerb {
  readonly group?: string;
  readonly from?: string;
  readonly partition?: number;
  readonly key?: string;
  readonly error?: string;
  readonly since?: number;
  readonly until?: number;
}

export const filterOf = (verb: DlqFilterVerb): DeadLetterFilter => ({
  ...(verb.group === undefined ? {} : { groupId: verb.group }),
  ...(verb.from === undefined ? {} : { topic: verb.from }),
  ...(verb.partition === undefined ? {} : { partition: verb.partition }),
  ...(verb.key === undefined ? {} : { key: verb.key }),
  ...(verb.error === undefined ? {} : { error: verb.error }),
  ...(verb.since === undefined ? {} : { sinceMs: verb.since }),
  ...(verb.until === undefined ? {} : { untilMs: verb.until }),
});

/** As an object that JSON can hold. */
export const jsonOfLetter = ({ key, value, headers, ...rest }: DeadLetter): object => ({
  ...rest,
  key: jsonOfBytes(key),
  value: jsonOfBytes(value),
  headers: headers.map((header) => ({ key: header.key, value: jsonOfBytes(header.value) })),
});
