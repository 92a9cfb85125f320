import type { Offset } from '../../base/ids.ts';
import type { LeaderAppend } from '../../log/leader-batch.ts';

/** Where the records of a batch are. */
export interface BatchPlaces {
  /** Of the first; the others follow it one by one. NONE: they do not, or it is not known. */
  readonly baseOffset: Offset;
  /** One a record, where `baseOffset` does not tell them; NONE where it is not known. */
  readonly offsets?: readonly Offset[];
}

/** A producer's batch, of which some records may be in the log already, by their ids. */
export interface JudgedBatch {
  /** What is appended in its place; undefined: nothing, all of it is there. */
  readonly stored: Uint8Array | undefined;
  /** Records that are repeats. */
  readonly repeatCount: number;
  /** Exclusive: the originals of all repeats lie below; 0 without any. */
  readonly originalsEnd: Offset;
  isRepeat(index: number): boolean;
  /** Called once it is appended, before anyone hears of it; not where it was there already. */
  onAppended(append: LeaderAppend): void;
  /** Of all its records, once it is appended or found. */
  placesIn(append: LeaderAppend): BatchPlaces;
}

/** What the ids of a partition's newest records mean to those who take records out of its log. */
export interface PartitionIds {
  /** Inclusive: what lies from here on may have an id that is still asked for. */
  readonly keptFrom: Offset;
  /**
   * Leader: which records of a sound batch, whose codec is loaded, are repeats; undefined where
   * none has an id. Changes nothing. Errors: REPLICA_NOT_AVAILABLE (retriable: the ids in the log
   * are not all known yet), and those of `idsOfSent`.
   */
  judge(batch: Uint8Array): IdVerdict | undefined;
}

/** A judgement, to be made a batch of; of no use once anything else was appended. */
export interface IdVerdict {
  readonly repeatCount: number;
  /** All its records are repeats. */
  readonly isWhole: boolean;
  /** A record a byte: 1 where it is a repeat. */
  readonly repeats: Uint8Array;
  /** `stored` as in `JudgedBatch`. */
  toBatch(stored: Uint8Array | undefined): JudgedBatch;
}
