import type { Offset } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { LeaderAppend } from '../../log/leader-batch.ts';
import type { BatchPlaces, IdVerdict, JudgedBatch } from '../replication/partition-ids.ts';
import type { BatchIds } from './batch-ids.ts';
import type { IdPlace } from './id-rows.ts';
import { DIGEST_WORDS } from './id-rows.ts';
import { IdWindow } from './id-window.ts';

/** What a record is, in the place of the offset of its original. */
const NEW = -1;
/** The original was held until it is due: it has no offset that a consumer finds. */
const HELD = -2;
/** Of the same batch, minus its place there: the original comes before it. */
const SAME_BATCH = -3;

/** Takes in the ids that are new, once their batch is appended. */
export type NoteIds = (ids: BatchIds, isNew: (index: number) => boolean, at: IdPlace) => void;

/**
 * What the ids of one batch come to. Of an id that comes twice in it the first record counts; the
 * others are repeats of that one.
 */
export class BatchVerdict implements IdVerdict {
  readonly repeats: Uint8Array;
  readonly repeatCount: number;
  readonly #ids: BatchIds;
  readonly #originals: Float64Array;
  readonly #originalsEnd: Offset;
  readonly #note: NoteIds;

  /** What was appended before `oldestMs` is not known any more. */
  constructor(ids: BatchIds, known: IdWindow, oldestMs: number, note: NoteIds) {
    this.#ids = ids;
    this.#note = note;
    this.#originals = new Float64Array(ids.count).fill(NEW);
    this.repeats = new Uint8Array(ids.count);
    const own = new IdWindow(ids.count);
    let originalsEnd = 0;
    for (let index = 0; index < ids.count; index += 1) {
      if (ids.hasId[index] === 0) continue;
      const at = index * DIGEST_WORDS;
      const earlier = known.find(ids.digests, at, oldestMs);
      const inBatch = earlier === undefined ? own.find(ids.digests, at, 0) : undefined;
      if (earlier !== undefined) {
        this.#originals[index] = earlier.isHeld ? HELD : earlier.offset;
        originalsEnd = Math.max(originalsEnd, earlier.offset + 1);
      } else if (inBatch !== undefined) this.#originals[index] = SAME_BATCH - inBatch.offset;
      else own.add({ digests: ids.digests, at, offset: index, isHeld: false, timeMs: 0 });
      if (this.#originals[index] !== NEW) this.repeats[index] = 1;
    }
    this.#originalsEnd = originalsEnd;
    this.repeatCount = this.repeats.reduce((sum, isRepeat) => sum + isRepeat, 0);
  }

  get isWhole(): boolean {
    return this.repeatCount === this.#ids.count;
  }

  toBatch(stored: Uint8Array | undefined): JudgedBatch {
    return {
      stored,
      repeatCount: this.repeatCount,
      originalsEnd: this.#originalsEnd,
      isRepeat: (index) => this.repeats[index] === 1,
      onAppended: ({ baseOffset, isHeld }) => {
        const isNew = (index: number): boolean => this.repeats[index] === 0;
        this.#note(this.#ids, isNew, { offset: baseOffset, isHeld });
      },
      placesIn: (append) => this.#placesIn(append),
    };
  }

  /**
   * Never a wrong place: of a batch that is a repetition by its sequence, what became of a record
   * whose id has been forgotten since is not known.
   */
  #placesIn(append: LeaderAppend): BatchPlaces {
    const offsets = Array.from({ length: this.#ids.count }, (_, index) =>
      this.#placeOf(index, append),
    );
    const [baseOffset = NONE] = offsets;
    const isRun = offsets.every((offset, index) =>
      baseOffset === NONE ? offset === NONE : offset === baseOffset + index,
    );
    return isRun ? { baseOffset } : { baseOffset: NONE, offsets };
  }

  #placeOf(index: number, append: LeaderAppend): Offset {
    const original = this.#originals[index] as number;
    if (original >= 0) return original;
    if (original <= SAME_BATCH) return this.#placeOf(SAME_BATCH - original, append);
    const isUnknown = append.kind === 'duplicate' && this.#ids.hasId[index] === 1;
    if (original === HELD || append.isHeld || isUnknown) return NONE;
    return append.baseOffset + index;
  }
}
