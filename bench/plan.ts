/** As fast as it goes, over either door. */
export interface FloodPlan {
  readonly topic: string;
  readonly partitions: number;
  readonly acks: 1 | 'all';
  readonly recordBytes: number;
  readonly warmUpMs: number;
  readonly floodMs: number;
  /** Of all brokers: their processor time is measured. */
  readonly brokerPids: readonly number[];
}

/** What a load process is asked to do over gRPC. It makes the topic. */
export interface LoadPlan extends FloodPlan {
  readonly bootstrap: string;
  readonly replicationFactor: number;
  /** Then at a fixed rate, for the latency of acknowledgements. */
  readonly paceMs: number;
  readonly pacePerSecond: number;
}

/** Over Kafka's protocol, to the one broker that leads all partitions of a topic that is there. */
export interface KafkaLoadPlan extends FloodPlan {
  readonly port: number;
}

export interface Throughput {
  readonly recordsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Processor time of the brokers, all together, for 1e9 bytes of values. */
  readonly brokerCpuSecondsPerGb: number;
}

/** What a load process found. */
export interface LoadResult extends Throughput {
  /** From the moment a record was due to its acknowledgement, linger included. */
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  readonly failed: number;
}

export interface KafkaLoadResult extends Throughput {
  readonly failed: number;
}
