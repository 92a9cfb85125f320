/** A running cluster that is measured; the loads ask for no more than this. */
export interface System {
  readonly name: SystemName;
  readonly nodeCount: number;
  /** Where broker n, from 1, serves Kafka's protocol on loopback. */
  portOf(nodeId: number): number;
  /** Where broker n tells its metrics as Prometheus reads them, if it does. */
  readonly adminPortOf?: (nodeId: number) => number;
  /** The file in which broker n's JVM tells of its collections, if it is one. */
  readonly gcLogOf?: (nodeId: number) => string;
  /** Addresses for Kafka's clients. */
  readonly bootstrap: string;
  /** Addresses for the SDK, where there is one. */
  readonly grpcBootstrap?: string;
  /** Of the brokers that run. */
  pids(): number[];
  /** Holds the data of all brokers. */
  readonly root: string;
  /** Ends one broker in order. */
  stop(nodeId: number): Promise<void>;
  /** `kill -9`. */
  kill(nodeId: number): Promise<void>;
  /** Starts one broker, and does not wait until it serves. */
  launch(nodeId: number): void;
}

export type SystemName = 'ottla' | 'kafka';

export const bootstrapOf = (ports: readonly number[]): string =>
  ports.map((port) => `127.0.0.1:${port}`).join(',');
