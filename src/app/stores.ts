import type { DedupeStore } from '../client/dedupe/dedupe-store.ts';
import { KeyValueDedupeStore } from '../client/dedupe/key-value-dedupe-store.ts';
import { KeyValueTexts } from '../client/dedupe/key-value-texts.ts';
import { MemoryDedupeStore } from '../client/dedupe/memory-dedupe-store.ts';
import type { OffsetDedupeOptions } from '../client/dedupe/offset-dedupe-store.ts';
import { offsetDedupeStore } from '../client/dedupe/offset-dedupe-store.ts';
import { KeyValueParkStore } from '../client/parking/key-value-park-store.ts';
import type { ParkStore } from '../client/parking/park-store.ts';
import { levelStores } from '../platform/level-store.ts';
import { SystemClock } from '../platform/system-clock.ts';

/** Remembers ids until the process ends. */
export const memoryDedupeStore = (): DedupeStore => new MemoryDedupeStore(new SystemClock());

/**
 * Remembers ids in a LevelDB of its own in this directory, through restarts and power cuts; it is
 * made where there is none. Throws CONFIG where another process has it open.
 */
export const levelDedupeStore = async (
  directory: string,
): Promise<DedupeStore & { close(): Promise<void> }> =>
  new KeyValueDedupeStore(await levelStores.open(directory), new SystemClock());

/**
 * As `offsetDedupeStore`, in a LevelDB of its own in this directory, synced; it is made where there
 * is none. Throws CONFIG for options that cannot be, and where another process has it open.
 */
export const levelOffsetDedupeStore = async (
  directory: string,
  options: OffsetDedupeOptions = {},
): Promise<DedupeStore & { close(): Promise<void> }> => {
  const store = await levelStores.open(directory);
  const done = offsetDedupeStore(new KeyValueTexts(store), options);
  return {
    seen: (ids) => done.seen(ids),
    remember: (ids, windowMs) => done.remember(ids, windowMs),
    close: () => store.close(),
  };
};

/**
 * Keeps parked records in a LevelDB of its own in this directory, durable when they count as
 * parked; it is made where there is none. Throws CONFIG where another process has it open.
 */
export const levelParkStore = async (
  directory: string,
): Promise<ParkStore & { close(): Promise<void> }> =>
  new KeyValueParkStore(await levelStores.open(directory));
