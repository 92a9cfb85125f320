import type { FlushedOffset, Offset } from '../base/ids.ts';

/**
 * Says that everything below `endOffset` is durable. The one way to a flushed offset, and only
 * where that is known: a sync has ended, a checkpoint tells it, recovery or a follower vouches for
 * it. `tools/tidy` knows these places and lets no other call it.
 */
export const flushedTo = (endOffset: Offset): FlushedOffset => endOffset as FlushedOffset;

export const NOTHING_FLUSHED: FlushedOffset = flushedTo(0);

/** The lower of both: what is durable up to an offset is so up to any lower one. */
export const flushedWithin = (flushedOffset: FlushedOffset, limit: Offset): FlushedOffset =>
  flushedTo(Math.min(flushedOffset, limit));
