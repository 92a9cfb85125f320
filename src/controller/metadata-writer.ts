import { OttlaError } from '../base/errors.ts';
import type { LogIndex, Term } from '../base/ids.ts';
import { MetadataBatch } from '../gen/ottla.ts';
import { applyBatch } from '../metadata/apply-batch.ts';
import type { MetadataImage } from '../metadata/image.ts';
import type { Decision } from './decision.ts';
import { checkTransition } from './invariants.ts';

/** What the controller needs of raft to write. */
export interface Proposer {
  /** Throws NOT_CONTROLLER when this node does not lead, or has too much uncommitted. */
  propose(payload: Uint8Array): { readonly index: LogIndex; readonly term: Term };
  status(): { readonly lastIndex: LogIndex };
}

export interface WriterOptions {
  readonly raft: Proposer;
  /** The committed image at the moment this node became active: the last of earlier terms. */
  readonly image: MetadataImage;
  readonly term: Term;
}

interface Waiter {
  readonly index: LogIndex;
  readonly resolve: () => void;
  readonly reject: (error: OttlaError) => void;
}

/**
 * Writes for one term of leadership. Decides on what the image will be once everything proposed
 * so far is committed, so that of two requests that exclude each other the second sees the first,
 * without waiting for it. What was proposed is answered for only after its commit.
 */
export class MetadataWriter {
  readonly #raft: Proposer;
  readonly #term: Term;
  /** The committed image and all records proposed since. */
  #image: MetadataImage;
  #lastIndex: LogIndex;
  #committedIndex: LogIndex;
  #waiters: Waiter[] = [];
  #closed: OttlaError | undefined;
  /** Batches proposed so far. */
  proposedCount = 0;

  constructor({ raft, image, term }: WriterOptions) {
    this.#raft = raft;
    this.#term = term;
    this.#image = image;
    this.#lastIndex = image.index;
    this.#committedIndex = image.index;
  }

  /** The image with everything proposed: to decide on, never to show. */
  get image(): MetadataImage {
    return this.#image;
  }

  /**
   * Decides and proposes before it returns; resolves when the records are committed. Without
   * records it resolves when everything they might be based on is committed.
   *
   * Errors: what `decide` throws; NOT_CONTROLLER (retriable) when leadership is lost, whether the
   * records are committed then is not known; InvariantViolation before anything is proposed.
   */
  async submit<Response>(decide: (image: MetadataImage) => Decision<Response>): Promise<Response> {
    if (this.#closed !== undefined) throw this.#closed;
    const decision = decide(this.#image);
    if (decision.records.length > 0) this.#propose(decision);
    const index = this.#lastIndex;
    await this.#committed(index);
    return decision.respond(index);
  }

  /** To be told of each committed image. */
  onImage(image: MetadataImage): void {
    if (this.#closed !== undefined) return;
    if (image.term > this.#term) {
      this.close(lostLeadership());
      return;
    }
    if (image.term < this.#term) return;
    // No other node writes entries of this term: the entry at a waiter's index is the waiter's.
    this.#committedIndex = image.index;
    const done = this.#waiters.filter(({ index }) => index <= image.index);
    this.#waiters = this.#waiters.filter(({ index }) => index > image.index);
    for (const waiter of done) waiter.resolve();
  }

  /** Fails all that waits, and all that comes. */
  close(error: OttlaError = lostLeadership()): void {
    this.#closed ??= error;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }

  #propose({ records }: Decision<unknown>): void {
    const expected = { index: this.#raft.status().lastIndex + 1, term: this.#term };
    // Applied before it is proposed: a batch that does not fit must not reach the log.
    const next = applyBatch(this.#image, records, expected);
    checkTransition(this.#image, next);
    const position = this.#raft.propose(MetadataBatch.encode({ records }));
    if (position.term !== this.#term) {
      this.close(lostLeadership());
      throw lostLeadership();
    }
    this.#image =
      position.index === expected.index ? next : applyBatch(this.#image, records, position);
    this.#lastIndex = position.index;
    this.proposedCount += 1;
  }

  #committed(index: LogIndex): Promise<void> {
    if (index <= this.#committedIndex) return Promise.resolve();
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ index, resolve, reject });
    });
  }
}

export const lostLeadership = (): OttlaError =>
  new OttlaError('NOT_CONTROLLER', 'this node is no longer the active controller; ask the new one');
