/** A group's coordinator is another, or the same broker that has loaded the group anew. */
export interface CoordinatorMove {
  readonly group: string;
  /** Leader epoch of the group's partition of `__consumer_offsets`. */
  readonly epoch: number;
  /** When the one before was seen last. */
  readonly lastMs: number;
  /** When this one was seen first. */
  readonly firstMs: number;
}
