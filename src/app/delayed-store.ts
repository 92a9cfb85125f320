import { OttlaError } from '../base/errors.ts';
import type { DelayedStore } from '../broker/delayed/delayed-records.ts';
import type { Env } from '../env/env.ts';

/**
 * Where a node keeps the index of the records that wait. Nothing is in it that the logs have not: a
 * damaged one is thrown away, and built again from them.
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
        return await stores.open(path);
      } catch (error) {
        if (!(error instanceof OttlaError) || error.code !== 'CORRUPT_STORE') throw error;
        logger.warn('the index of delayed records is damaged, and is built again', {
          reason: error.message,
        });
        disk.remove(path);
        return await stores.open(path);
      }
    },
  };
};
