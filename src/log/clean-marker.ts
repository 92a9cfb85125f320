import type { BrokerEpoch } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { parentOf, readWholeFile, replaceFile } from '../env/disk.ts';
import { decodeCheckedText, encodeCheckedText } from './checked-text.ts';

/** Proof of an orderly stop, with the broker epoch that stopped (KIP-966). */
export interface CleanShutdown {
  /** NONE when the broker had none yet. */
  readonly brokerEpoch: BrokerEpoch;
}

const KIND = 'clean-shutdown';

export const writeCleanMarker = (disk: Disk, path: string, marker: CleanShutdown): Promise<void> =>
  replaceFile(disk, path, encodeCheckedText(KIND, [`${marker.brokerEpoch}`]));

/**
 * Reads the marker and removes it, durably, before anything else is touched: a crash while logs are
 * being loaded must not look like a clean stop the next time (KAFKA-10471).
 */
export const takeCleanMarker = async (
  disk: Disk,
  path: string,
): Promise<CleanShutdown | undefined> => {
  const bytes = readWholeFile(disk, path);
  if (bytes === undefined) return undefined;
  const [line] = decodeCheckedText(KIND, bytes, path) ?? [];
  disk.remove(path);
  await disk.syncDir(parentOf(path));
  const brokerEpoch = line === undefined ? Number.NaN : Number(line);
  return Number.isSafeInteger(brokerEpoch) && brokerEpoch >= NONE ? { brokerEpoch } : undefined;
};
