import { KeyValueParkStore } from '../client/parking/key-value-park-store.ts';
import type { ParkStore } from '../client/parking/park-store.ts';
import { levelStores } from '../platform/level-store.ts';

/**
 * Keeps parked records in a LevelDB of its own in this directory, durable when they count as
 * parked; it is made where there is none. Throws CONFIG where another process has it open.
 */
export const levelParkStore = async (
  directory: string,
): Promise<ParkStore & { close(): Promise<void> }> =>
  new KeyValueParkStore(await levelStores.open(directory));
