/** What a fault did, once it has healed again. */
export interface FaultDone {
  readonly detail: string;
  /**
   * The longest time without an acknowledgement that one partition may have had. On an idle
   * machine a third of it is the rule; the rest is for one that is shared.
   */
  readonly boundMs: number;
  /** The partition that the fault takes away, which has a bound of its own. */
  readonly taken?: { readonly key: string; readonly boundMs: number };
  /** No record may fail because of it. */
  readonly failsNoSend?: boolean;
}

/** A fault as it happened; times are those of the history. */
export interface FaultRecord extends FaultDone {
  readonly kind: string;
  readonly startMs: number;
  /** All nodes were up and running again, or began to. */
  readonly healedMs: number;
  /** Every partition was acknowledging with all of its replicas; undefined: not in time. */
  readonly wholeMs: number | undefined;
}
