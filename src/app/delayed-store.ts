import { OttlaError } from '../base/errors.ts';
import type { DelayedStore } from '../broker/delayed/delayed-records.ts';
import type { Env } from '../env/env.ts';
import type { KeyValueStore } from '../env/key-value-store.ts';
import { laterFormat } from '../log/later-format.ts';

/**
 * Where a node keeps the index of the records that wait. Nothing is in it that the logs have not: a
 * damaged one is thrown away, and built again from them; that of a later release is not.
 */
export const delayedStore = (
  { disk, stores, logger }: Pick<Env, 'disk' | 'stores' | 'logger'>,
  logDir: string,
): DelayedStore => {
  const path = `${logDir}/delayed`;
  return {
    get exists() {
      return disk.exists(path);
    },
    open: async () => {
      try {
        return await openKnown(stores, path);
      } catch (error) {
        if (!(error instanceof OttlaError) || error.code !== 'CORRUPT_STORE') throw error;
        logger.warn('the index of delayed records is damaged, and is built again', {
          reason: error.message,
        });
        disk.remove(path);
        return await openKnown(stores, path);
      }
    },
  };
};

/** Its value is the version of keys and values in decimal digits; stores from before have none. */
const VERSION_KEY = Buffer.from('v');
const VERSION = 1;

const openKnown = async (stores: Env['stores'], path: string): Promise<KeyValueStore> => {
  const store = await stores.open(path);
  try {
    const stored = await store.get(VERSION_KEY);
    const found = stored === undefined ? VERSION : Number(Buffer.from(stored).toString());
    if (found > VERSION) throw laterFormat(path, { found, known: VERSION });
    if (stored === undefined) {
      const value = Buffer.from(String(VERSION));
      await store.batch([{ type: 'put', key: VERSION_KEY, value }], { sync: false });
    }
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
};
