/** What a log directory holds, where a new replica looks for its place. */
export interface DirectoryLoad {
  readonly replicaCount: number;
  /** Of all its logs; asked for only where counts are equal. */
  readonly sizeBytes: () => number;
}

/**
 * Where a new replica goes: to the directory with the fewest replicas, of these to the one with the
 * fewest bytes, else to the first. Undefined where there is none to choose from.
 */
export const chooseDirectory = <Load extends DirectoryLoad>(
  loads: readonly Load[],
): Load | undefined => {
  const fewest = Math.min(...loads.map(({ replicaCount }) => replicaCount));
  const [first, ...others] = loads.filter(({ replicaCount }) => replicaCount === fewest);
  if (first === undefined || others.length === 0) return first;
  return others.reduce<Load>(
    (least, one) => (one.sizeBytes() < least.sizeBytes() ? one : least),
    first,
  );
};
