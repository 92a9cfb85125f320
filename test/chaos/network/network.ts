/** The harness's own clients, as one host of the network. */
export const CLIENTS = 0;

/** What can be done to the bytes between nodes, and between nodes and clients. Hosts are node ids. */
export interface FaultyNetwork {
  /** One line for the report: how faults are made. */
  readonly description: string;
  /** False: packets cannot be dropped one by one here. */
  readonly canLose: boolean;
  /** No byte goes from one to the other any more; the other way is not touched. */
  cutOneWay(from: number, to: number): Promise<void>;
  /** No byte goes between one and any of the others. */
  cut(one: number, ...others: readonly number[]): Promise<void>;
  /** So many percent of all packets to this host are dropped. */
  lose(host: number, percent: number): Promise<void>;
  /** Bytes between these two arrive so much later, both ways. */
  delay(one: number, other: number, delayMs: number): Promise<void>;
  /**
   * Every connection is late by a time of its own up to this: what was sent first on one arrives
   * after what was sent later on another.
   */
  reorder(delayMaxMs: number): Promise<void>;
  /** Breaks every connection, as a firewall that forgets its state. */
  breakAll(): Promise<void>;
  healAll(): Promise<void>;
  close(): void;
}
