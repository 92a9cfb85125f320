/** What a load process is asked to do. */
export interface LoadPlan {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly acks: 1 | 'all';
  readonly recordBytes: number;
  readonly warmUpMs: number;
  /** As fast as it goes. */
  readonly floodMs: number;
  /** Then at a fixed rate, for the latency of acknowledgements. */
  readonly paceMs: number;
  readonly pacePerSecond: number;
}

/** What it found. */
export interface LoadResult {
  readonly recordsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** From the moment a record was due to its acknowledgement, linger included. */
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  readonly failed: number;
}
