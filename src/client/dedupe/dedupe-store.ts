/** Remembers ids for a while. What fails may throw anything: it is an error of the handler then. */
export interface DedupeStore {
  /** Those of `ids` that are remembered now. */
  seen(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Resolves when they are durable, as far as the store is; remembered for `windowMs` from now. */
  remember(ids: readonly string[], windowMs: number): Promise<void>;
}
