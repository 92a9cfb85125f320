import type { FlushedOffset, Offset, SettledOffset } from '../base/ids.ts';

/**
 * Says that everything below `endOffset` is durable, in its segment or in the journal. The one way
 * to a flushed offset, and only where that is known: a sync has ended, a checkpoint tells it,
 * recovery or a follower vouches for it. `tools/tidy` knows these places and lets no other call it.
 */
export const flushedTo = (endOffset: Offset): FlushedOffset => endOffset as FlushedOffset;

/**
 * Says that everything below `endOffset` is durable in its segment: damage there is rot, and the
 * journal may forget it. Held by `tools/tidy` in the same way.
 */
export const settledTo = (endOffset: Offset): SettledOffset => endOffset as SettledOffset;

export const NOTHING_SETTLED: SettledOffset = settledTo(0);
export const NOTHING_FLUSHED: FlushedOffset = NOTHING_SETTLED;

/** The lower of both: what is durable up to an offset is so up to any lower one. */
export const flushedWithin = (flushedOffset: FlushedOffset, limit: Offset): FlushedOffset =>
  flushedTo(Math.min(flushedOffset, limit));

export const settledWithin = (settledOffset: SettledOffset, limit: Offset): SettledOffset =>
  settledTo(Math.min(settledOffset, limit));
