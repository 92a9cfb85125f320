import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/** What may be allocated between two collections of the whole heap, buffers included. */
const HEADROOM_BYTES = 128 * 1024 * 1024;
const SAMPLE_MS = 1000;

/**
 * By how much V8 is to let a heap of this size grow before it collects all of it, in percent; 0
 * leaves that to V8, whose own choice gives a large heap as much room.
 */
export const growingPercent = (usedBytes: number): number =>
  usedBytes >= HEADROOM_BYTES ? 0 : Math.round((HEADROOM_BYTES / Math.max(usedBytes, 1)) * 100);

/**
 * Gives the heap of this process room for buffers that live long. V8 counts them as part of a heap
 * whose limit it draws from the objects alone: with 15 MB of these, and the newest batches kept in
 * memory, it marked all objects once for every few megabytes of records, which took half of a
 * broker's processor time. Sampled, because what suits a small heap is no limit for a large one;
 * the first second belongs to the start, in which a heap may become large at once.
 */
export const keepHeapHeadroom = (): void => {
  let percent = 0;
  const sample = (): void => {
    const wanted = growingPercent(getHeapStatistics().used_heap_size);
    if (wanted === percent) return;
    percent = wanted;
    setFlagsFromString(`--heap-growing-percent=${percent}`);
  };
  setInterval(sample, SAMPLE_MS).unref();
};
