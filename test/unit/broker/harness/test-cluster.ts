import { expect } from 'vitest';
import type { ErrorCode } from '../../../../src/base/errors.ts';
import { OttlaError } from '../../../../src/base/errors.ts';
import type { Partition } from '../../../../src/broker/replication/partition.ts';
import type { ProduceOutcome } from '../../../../src/broker/replication/produce-outcome.ts';
import type { Transport } from '../../../../src/env/transport.ts';
import { BatchBuilder } from '../../../../src/record/batch-builder.ts';
import { splitBatches } from '../../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../../src/record/batch-reader.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { MemoryNetwork } from '../../../support/memory-transport.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { FakeController } from './fake-controller.ts';
import { TestBroker } from './test-broker.ts';

export interface BatchOptions {
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
}

/** One batch with a record for each value. */
export const batchOf = (values: readonly string[], options: BatchOptions = {}): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: 1 << 20 });
  for (const value of values) {
    builder.append({ key: null, value: Buffer.from(value), timestampMs: 1000 });
  }
  return Uint8Array.from(builder.build(options));
};

/** The values of a replica's log, up to its end. */
export const valuesOf = (partition: Partition): string[] => {
  const { logStartOffset, logEndOffset } = partition.log;
  const values: string[] = [];
  let fetchOffset = logStartOffset;
  while (fetchOffset < logEndOffset) {
    const request = { fetchOffset, maxBytes: 1 << 20, endOffset: logEndOffset, atLeastOne: true };
    const { parts, nextOffset } = partition.log.read(request);
    expect(nextOffset).toBeGreaterThan(fetchOffset);
    for (const part of parts) values.push(...recordsIn(part));
    fetchOffset = nextOffset;
  }
  return values;
};

export const recordsIn = (bytes: Uint8Array): string[] =>
  [...splitBatches(bytes)].flatMap(({ position, sizeBytes }) =>
    decodeBatch(bytes.subarray(position, position + sizeBytes)).records.map(({ value }) =>
      Buffer.from(value ?? []).toString(),
    ),
  );

/** Brokers, a scripted controller and a client under one virtual clock. */
export class TestCluster {
  readonly clock = new ManualClock();
  readonly random = new SeededRandom(7);
  readonly network: MemoryNetwork = new MemoryNetwork({
    clock: this.clock,
    random: this.random,
    minLatencyMs: 1,
    maxLatencyMs: 2,
  });
  readonly controller = new FakeController(this.clock);
  readonly client: Transport = this.network.transportFor('client');
  readonly brokers: TestBroker[] = [];

  static async start(brokerCount: number): Promise<TestCluster> {
    const cluster = new TestCluster();
    await cluster.controller.listen(cluster.network.transportFor('controller'));
    for (let brokerId = 1; brokerId <= brokerCount; brokerId += 1) {
      const broker = new TestBroker(cluster, brokerId);
      cluster.brokers.push(broker);
      await broker.start();
    }
    await cluster.run(500);
    for (const broker of cluster.brokers) expect(broker.node.isReady).toBe(true);
    return cluster;
  }

  broker(brokerId: number): TestBroker {
    const found = this.brokers[brokerId - 1];
    if (found === undefined) throw new Error(`there is no broker ${brokerId}`);
    return found;
  }

  /** Lets virtual time pass. */
  run(byMs: number): Promise<void> {
    return this.clock.settle(byMs);
  }

  /** Begins to produce on a replica; `code` is set when it is answered. */
  produce(
    partition: Partition,
    batch: Uint8Array,
    options: { readonly acks?: number; readonly timeoutMs?: number } = {},
  ): { outcome: ProduceOutcome | undefined; readonly code: ErrorCode | undefined } {
    const pending: { outcome: ProduceOutcome | undefined; readonly code: ErrorCode | undefined } = {
      outcome: undefined,
      get code() {
        return this.outcome?.code;
      },
    };
    const { acks = -1, timeoutMs = 30_000 } = options;
    partition.produce(batch, { acks, timeoutMs }, (outcome) => {
      pending.outcome = outcome;
    });
    return pending;
  }

  /** No broker has met a bug. */
  expectHealthy(): void {
    for (const broker of this.brokers) expect(broker.fatal).toEqual([]);
  }
}

export const codeOfThrown = (act: () => unknown): ErrorCode | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof OttlaError) return error.code;
    throw error;
  }
};
