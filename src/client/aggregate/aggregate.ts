import type { Deserializer } from '../serde/serde.ts';
import { bytes } from '../serde/serde.ts';
import type { StoredItem } from './aggregate-format.ts';
import { decodeItems } from './aggregate-format.ts';

export interface AggregateItem<K = Uint8Array, V = Uint8Array> {
  readonly key: K | null;
  readonly value: V | null;
}

/** An item as it was read, with its bytes. */
export interface ReadItem<K, V> extends AggregateItem<K, V> {
  readonly stored: StoredItem;
}

/** What one record of `producer.aggregate` holds, in the order in which it was sent. */
export class Aggregate<K = Uint8Array, V = Uint8Array> {
  readonly items: ReadonlyArray<ReadItem<K, V>>;
  /** The record is an item by itself, sent by no aggregator: its key is that of the record. */
  readonly isPlain: boolean;

  constructor(items: ReadonlyArray<ReadItem<K, V>>, isPlain: boolean) {
    this.items = items;
    this.isPlain = isPlain;
  }
}

/**
 * Reads what `producer.aggregate` sends, as a deserializer of values: `eachBatch`, iterations and
 * readers get whole records, `consumer.runItems` one item at a time. A record that is no aggregate
 * is one item, whose key stands in the record.
 */
export const aggregated = <K = Uint8Array, V = Uint8Array>(
  items: { readonly key?: Deserializer<K>; readonly value?: Deserializer<V> } = {},
): Deserializer<Aggregate<K, V>> => {
  const key = items.key ?? (bytes as unknown as Deserializer<K>);
  const value = items.value ?? (bytes as unknown as Deserializer<V>);
  const read = (stored: StoredItem): ReadItem<K, V> => ({
    key: stored.key === null ? null : key.deserialize(stored.key),
    value: stored.value === null ? null : value.deserialize(stored.value),
    stored,
  });
  return {
    name: `aggregate of ${value.name}`,
    deserialize: (raw) => {
      const stored = decodeItems(raw);
      if (stored === undefined) return new Aggregate([read({ key: null, value: raw })], true);
      return new Aggregate(stored.map(read), false);
    },
  };
};
