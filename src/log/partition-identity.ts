import { crc32c } from '../base/bytes/crc32c.ts';
import type { PartitionId, TopicId } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { readWholeFile, replaceFile } from '../env/disk.ts';
import { IDENTITY_FILE } from './file-names.ts';
import { refuseLaterJson } from './later-format.ts';

/** `partition.json`: whose data a directory holds; durable before the first byte of data. */
export interface PartitionIdentity {
  readonly topicId: TopicId;
  readonly topicName: string;
  readonly partition: PartitionId;
  /**
   * Why earlier data was lost or set aside. While it stands this replica may lack records that were
   * acknowledged: it must not lead.
   */
  readonly quarantine?: string;
}

const VERSION = 1;

const textOf = (identity: PartitionIdentity): string =>
  JSON.stringify({
    version: VERSION,
    topicId: identity.topicId,
    topicName: identity.topicName,
    partition: identity.partition,
    quarantine: identity.quarantine,
  });

const sumOf = (identity: PartitionIdentity): number => crc32c(Buffer.from(textOf(identity)));

export const encodeIdentity = (identity: PartitionIdentity): Uint8Array =>
  Buffer.from(`${JSON.stringify({ ...JSON.parse(textOf(identity)), crc32c: sumOf(identity) })}\n`);

/**
 * The identity, or `undefined` when the file is damaged. Throws UNSUPPORTED_VERSION for one of a
 * later release.
 */
export const decodeIdentity = (bytes: Uint8Array, path: string): PartitionIdentity | undefined => {
  const parsed = parseObject(bytes);
  if (parsed !== undefined) refuseLaterJson(path, parsed, VERSION);
  if (parsed === undefined || parsed['version'] !== VERSION) return undefined;
  const { topicId, topicName, partition, quarantine } = parsed;
  if (typeof topicId !== 'string' || typeof topicName !== 'string') return undefined;
  if (typeof partition !== 'number') return undefined;
  const identity: PartitionIdentity = {
    topicId,
    topicName,
    partition,
    ...(typeof quarantine === 'string' ? { quarantine } : {}),
  };
  return parsed['crc32c'] === sumOf(identity) ? identity : undefined;
};

const parseObject = (bytes: Uint8Array): Record<string, unknown> | undefined => {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    return parsed as Record<string, unknown>;
  } catch {
    return undefined;
  }
};

export const readIdentity = (disk: Disk, directory: string): PartitionIdentity | undefined => {
  const path = `${directory}/${IDENTITY_FILE}`;
  const bytes = readWholeFile(disk, path);
  return bytes && decodeIdentity(bytes, path);
};

export const writeIdentity = (
  disk: Disk,
  directory: string,
  identity: PartitionIdentity,
): Promise<void> => replaceFile(disk, `${directory}/${IDENTITY_FILE}`, encodeIdentity(identity));
