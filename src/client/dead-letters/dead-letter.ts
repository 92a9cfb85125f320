import type { Offset, PartitionId } from '../../base/ids.ts';
import type { DecodedRecord, RecordHeader } from '../../record/record.ts';
import type { FailureTrail } from '../failure/failure-trail.ts';
import { splitTrail } from '../failure/failure-trail.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';

/** A record in a dead-letter topic; what is said of it itself is of the record as it was. */
export interface DeadLetter extends FailureTrail {
  /** Where the dead letter is. */
  readonly letter: {
    readonly topic: string;
    readonly partition: PartitionId;
    readonly offset: Offset;
    readonly timestampMs: number;
  };
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
  /** It has been sent back. */
  readonly isRedriven: boolean;
}

/** All that is given must hold. */
export interface DeadLetterFilter {
  /** Whose member gave it up. */
  readonly groupId?: string;
  /** Where the record was. */
  readonly topic?: string;
  readonly partition?: PartitionId;
  readonly offset?: Offset;
  /** As UTF-8. */
  readonly key?: string;
  /** Part of the name of the error, or of its message. */
  readonly error?: string;
  /** Given up at this moment or later: milliseconds since 1970, UTC. */
  readonly sinceMs?: number;
  /** Given up before. */
  readonly untilMs?: number;
  readonly isRedriven?: boolean;
}

interface DeadLetterPlace {
  readonly topic: string;
  readonly partition: PartitionId;
}

const REDRIVEN = 'ottla.redriven';

/** Undefined: it is no dead letter. */
export const letterOf = (
  record: ReaderRecord,
  redriven: ReadonlySet<Offset>,
): DeadLetter | undefined => {
  const found = splitTrail(record.headers);
  if (found === undefined) return undefined;
  const { topic, partition, offset, timestampMs, key, value } = record;
  return {
    ...found.trail,
    letter: { topic, partition, offset, timestampMs },
    key,
    value,
    headers: found.headers,
    isRedriven: redriven.has(offset),
  };
};

/**
 * Stands in the partition of the letter and says that it was sent back. It has a key of its own, so
 * that a compacted topic takes it, and keeps the letter.
 */
export const redrivenMarkOf = ({
  letter: { topic, partition, offset },
}: DeadLetter): Omit<DecodedRecord, 'offset' | 'timestampMs'> & DeadLetterPlace => ({
  topic,
  partition,
  key: Buffer.from(`${REDRIVEN}/${partition}/${offset}`),
  value: new Uint8Array(0),
  headers: [{ key: REDRIVEN, value: Buffer.from(String(offset)) }],
});

/** The letter that the record says was sent back; undefined: it says nothing of that kind. */
export const redrivenOffset = ({ headers }: ReaderRecord): Offset | undefined => {
  const [header, ...others] = headers;
  if (others.length > 0 || header?.key !== REDRIVEN || header.value === null) return undefined;
  return Number(Buffer.from(header.value).toString('utf8'));
};

export const isMeant = (letter: DeadLetter, filter: DeadLetterFilter): boolean => {
  const { groupId, topic, partition, offset, key, error, sinceMs, untilMs, isRedriven } = filter;
  const isSame = <T>(wanted: T | undefined, value: T): boolean =>
    wanted === undefined || wanted === value;
  const keyText = letter.key === null ? null : Buffer.from(letter.key).toString('utf8');
  return (
    isSame(groupId, letter.groupId) &&
    isSame(topic, letter.topic) &&
    isSame(partition, letter.partition) &&
    isSame(offset, letter.offset) &&
    isSame<string | null>(key, keyText) &&
    isSame(isRedriven, letter.isRedriven) &&
    `${letter.errorName}: ${letter.errorMessage}`.includes(error ?? '') &&
    letter.lastFailureMs >= (sinceMs ?? 0) &&
    letter.lastFailureMs < (untilMs ?? Number.POSITIVE_INFINITY)
  );
};
