import { assert, InvariantViolation } from '../base/assert.ts';
import { OttlaError } from '../base/errors.ts';
import type { LogIndex, Term } from '../base/ids.ts';
import type { MetadataRecord } from '../gen/ottla.ts';
import { MetadataBatch } from '../gen/ottla.ts';
import { applyRecord } from './apply-batch.ts';
import type { LogPosition, MetadataImage } from './image.ts';
import { emptyImage } from './image.ts';
import type { UncleanElection } from './image-draft.ts';
import { ImageDraft } from './image-draft.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';

/** A committed entry of the metadata log. */
export interface MetadataEntry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly payload: Uint8Array;
}

export interface SnapshotBytes {
  readonly index: LogIndex;
  readonly term: Term;
  readonly bytes: Uint8Array;
}

/** What two images do not tell, for several changes may lie between them. */
export interface ImageNews {
  readonly uncleanElections: readonly UncleanElection[];
}

export type ImageListener = (next: MetadataImage, previous: MetadataImage, news: ImageNews) => void;

/**
 * Holds this node's committed image and moves it along with the metadata log. An entry that
 * cannot be applied throws: a node that skipped it would go on with another image than the rest,
 * and might lead one day. The caller ends the process.
 */
export class MetadataLoader {
  #image: MetadataImage = emptyImage;
  readonly #listeners = new Set<ImageListener>();

  get image(): MetadataImage {
    return this.#image;
  }

  /** Applies entries that follow the image; listeners hear once, after the last of them. */
  onCommitted(entries: readonly MetadataEntry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    const draft = new ImageDraft(this.#image);
    let index = this.#image.index;
    for (const entry of entries) {
      assert(entry.index > index, `metadata entry ${entry.index} follows ${index}`);
      index = entry.index;
      applyEntry(draft, entry);
    }
    const { uncleanElections } = draft;
    this.#replace(draft.finish(last), { uncleanElections });
  }

  /** Replaces the image by a snapshot that is ahead of it; an older one changes nothing. */
  onSnapshot({ index, term, bytes }: SnapshotBytes): void {
    if (index <= this.#image.index) return;
    const image = decodeSnapshot(bytes);
    assert(image.index <= index, `the snapshot at ${index} holds nothing beyond it`);
    this.#replace({ ...image, index, term }, { uncleanElections: [] });
  }

  /** The committed image as bytes, for raft to keep instead of the entries up to its index. */
  snapshot(): SnapshotBytes {
    const { index, term } = this.#image;
    return { index, term, bytes: encodeSnapshot(this.#image) };
  }

  /** Calls `listener` after each change, in order of subscription; the result unsubscribes. */
  subscribe(listener: ImageListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #replace(next: MetadataImage, news: ImageNews): void {
    const previous = this.#image;
    this.#image = next;
    for (const listener of [...this.#listeners]) listener(next, previous, news);
  }
}

const applyEntry = (draft: ImageDraft, entry: MetadataEntry): void => {
  const position: LogPosition = { index: entry.index, term: entry.term };
  for (const record of decodeBatch(entry)) applyRecord(draft, record, position);
};

const decodeBatch = ({ index, payload }: MetadataEntry): readonly MetadataRecord[] => {
  try {
    return MetadataBatch.decode(payload).records;
  } catch (error) {
    throw unreadable(`metadata entry ${index}`, error);
  }
};

/** Its sum was right: another release wrote it, or it should never have been written. */
const unreadable = (what: string, error: unknown): Error => {
  const { message } = error as Error;
  return error instanceof OttlaError && error.code === 'UNSUPPORTED_VERSION'
    ? new OttlaError(error.code, `${what} is of a later release: ${message}; run that one here`)
    : new InvariantViolation(`${what} is readable: ${message}`);
};
