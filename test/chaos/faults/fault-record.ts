/** A fault as it happened; times are those of the history. */
export interface FaultRecord {
  readonly kind: string;
  /** One line: which nodes, for how long. */
  readonly detail: string;
  readonly startMs: number;
  /** All nodes were up and running again, or began to. */
  readonly healedMs: number;
  /** Every partition was acknowledging with all of its replicas; undefined: not in time. */
  readonly wholeMs: number | undefined;
  /** The longest time without an acknowledgement that one partition may have had. */
  readonly boundMs: number;
}
