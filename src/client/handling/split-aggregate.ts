import { Aggregate } from '../aggregate/aggregate.ts';
import type { Handed } from './handed.ts';

/**
 * One for each item of an aggregate, each as if it had been sent by itself; what is none is handed
 * out as it is. What is put aside of it, or given up, is the item and not the whole.
 */
export const splitAggregate = <K, V>(handed: Handed<K, V>): Array<Handed<K, V>> => {
  const { record, stored } = handed;
  const aggregate: unknown = record.value;
  if (!(aggregate instanceof Aggregate)) return [handed];
  return (aggregate as Aggregate<K, V>).items.map(({ key, value, stored: own }, item) =>
    aggregate.isPlain
      ? { ...handed, record: { ...record, value } }
      : {
          ...handed,
          record: { ...record, key, value, item },
          stored: { ...stored, key: own.key, value: own.value },
        },
  );
};
