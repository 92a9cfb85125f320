import type { Anomaly } from './anomaly.ts';
import type { HoldOperation } from './history.ts';
import type { Indexed } from './key-log.ts';

/** What a member has in the newest generation that it was told of. */
interface Holding {
  readonly generation: number;
  readonly keys: Set<string>;
}

/**
 * Two members have one partition in one generation: both would handle its records. One that has not
 * heard of the next generation yet has its partitions in the old one only.
 */
export const findTwoOwners = ({ operations }: Indexed): Anomaly[] => {
  const anomalies: Anomaly[] = [];
  const groups = new Map<string, Map<string, Holding>>();
  for (const operation of operations) {
    if (operation.f !== 'hold' && operation.f !== 'release') continue;
    const { group, process, keys } = operation;
    const holdings = groups.get(group) ?? new Map<string, Holding>();
    groups.set(group, holdings);
    if (operation.f === 'release') {
      for (const key of keys) holdings.get(process)?.keys.delete(key);
    } else {
      anomalies.push(...othersOf(holdings, operation));
      holdings.set(process, { generation: operation.generation, keys: new Set(keys) });
    }
  }
  return anomalies;
};

const othersOf = (holdings: ReadonlyMap<string, Holding>, hold: HoldOperation): Anomaly[] => {
  const { group, process, generation, keys } = hold;
  return [...holdings].flatMap(([other, holding]) => {
    if (other === process || holding.generation !== generation) return [];
    return keys
      .filter((key) => holding.keys.has(key))
      .map((key) => {
        const detail = `${other} and ${process} have it in generation ${generation} of ${group}`;
        return { kind: 'two-owners', key, detail };
      });
  });
};
