import type { BrokerHeartbeat, OfflineBroker } from '../gen/ottla.ts';

/** What a heartbeat says of log directories that are offline; undefined where none is. */
export const offlineOf = ({
  brokerId,
  offline,
  offlineDirectories,
}: Pick<BrokerHeartbeat, 'brokerId' | 'offline' | 'offlineDirectories'>):
  | OfflineBroker
  | undefined =>
  offline.length === 0 && offlineDirectories.length === 0
    ? undefined
    : { brokerId, directories: offlineDirectories, replicas: offline };

/** A broker names them in the same order as long as nothing changes. */
export const isSameOffline = (
  one: OfflineBroker | undefined,
  other: OfflineBroker | undefined,
): boolean => {
  if (one === undefined || other === undefined) return one === other;
  return (
    isEach(one.directories, other.directories, (a, b) => a.path === b.path) &&
    isEach(
      one.replicas,
      other.replicas,
      (a, b) => a.topicId === b.topicId && a.partition === b.partition,
    )
  );
};

const isEach = <T>(
  ones: readonly T[],
  others: readonly T[],
  isSame: (a: T, b: T) => boolean,
): boolean =>
  ones.length === others.length &&
  ones.every((one, at) => {
    const other = others[at];
    return other !== undefined && isSame(one, other);
  });
