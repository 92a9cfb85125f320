export type StoreOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

export interface KeyRange {
  /** Inclusive. */
  readonly start?: Uint8Array;
  /** Exclusive. */
  readonly end?: Uint8Array;
  readonly limit?: number;
  readonly reverse?: boolean;
}

/** A small ordered store: LevelDB in production. Keys order as bytes. Never holds record data. */
export interface KeyValueStore {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Applies all or nothing. With `sync` it resolves when durable; without, when visible. */
  batch(operations: readonly StoreOperation[], options: { readonly sync: boolean }): Promise<void>;
  /** The entries of a range in key order. */
  entries(range: KeyRange): Promise<Array<readonly [Uint8Array, Uint8Array]>>;
  close(): Promise<void>;
}

/** Opens the store in a directory, creating it where there is none. */
export interface KeyValueStores {
  open(path: string): Promise<KeyValueStore>;
}
