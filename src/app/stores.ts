import type { DedupeStore } from '../client/dedupe/dedupe-store.ts';
import { KeyValueDedupeStore } from '../client/dedupe/key-value-dedupe-store.ts';
import { MemoryDedupeStore } from '../client/dedupe/memory-dedupe-store.ts';
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
 * Keeps parked records in a LevelDB of its own in this directory, durable when they count as
 * parked; it is made where there is none. Throws CONFIG where another process has it open.
 */
export const levelParkStore = async (
  directory: string,
): Promise<ParkStore & { close(): Promise<void> }> =>
  new KeyValueParkStore(await levelStores.open(directory));
