import { appendBatch } from '../../../../src/broker/client/append-batch.ts';
import type { ProduceOutcome } from '../../../../src/broker/replication/produce-outcome.ts';
import type { BuildOptions } from '../../../../src/record/batch-builder.ts';
import { BatchBuilder } from '../../../../src/record/batch-builder.ts';
import {
  nextOffsetOf,
  readBatchHeader,
  splitBatches,
} from '../../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../../src/record/batch-reader.ts';
import type { DecodedRecord } from '../../../../src/record/record.ts';
import { TestCluster } from '../harness/test-cluster.ts';

export const DELAYS = { 'delay.enable': 'true', 'min.insync.replicas': '2' };

export interface SentRecord {
  readonly value: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A record that is due so long after the leader takes it. */
export const delayed = (value: string, delayMs: number): SentRecord => ({
  value,
  headers: { 'ottla-delay-ms': String(delayMs) },
});

export const sentBatch = (
  records: readonly SentRecord[],
  options: BuildOptions = {},
): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: 1 << 20 });
  for (const { value, key, headers = {} } of records) {
    builder.append({
      key: key === undefined ? null : Buffer.from(key),
      value: Buffer.from(value),
      timestampMs: 1000,
      headers: Object.entries(headers).map(([name, text]) => ({
        key: name,
        value: Buffer.from(text),
      })),
    });
  }
  return Uint8Array.from(builder.build(options));
};

/** Brokers that replicate topic `t`, which holds records back. */
export class DelayedCluster {
  readonly cluster: TestCluster;

  private constructor(cluster: TestCluster) {
    this.cluster = cluster;
  }

  static async start(
    count: 1 | 3 = 3,
    configs: Readonly<Record<string, string>> = {},
  ): Promise<DelayedCluster> {
    const cluster = await TestCluster.start(count);
    const replicas = [1, 2, 3].slice(0, count);
    cluster.controller.createTopic('t', replicas, { configs: { ...DELAYS, ...configs } });
    await cluster.run(100);
    return new DelayedCluster(cluster);
  }

  /** Sends to a broker by its clients' way; the outcome comes with time. */
  send(brokerId: number, batch: Uint8Array): { outcome: ProduceOutcome | undefined } {
    const context = this.cluster.broker(brokerId).node.clientContext();
    const sent: { outcome: ProduceOutcome | undefined } = { outcome: undefined };
    const request = { topicId: 't', partition: 0, acks: -1, timeoutMs: 30_000, batch };
    appendBatch(context, request, (outcome) => {
      sent.outcome = outcome;
    });
    return sent;
  }

  /** What consumers of a broker find, committed, from the start of the log. */
  records(brokerId: number): DecodedRecord[] {
    const partition = this.cluster.broker(brokerId).replica('t');
    const found: DecodedRecord[] = [];
    let fetchOffset = partition.log.logStartOffset;
    while (fetchOffset < partition.highWatermark) {
      const request = { fetchOffset, maxBytes: 1 << 20, atLeastOne: true };
      const before = fetchOffset;
      for (const part of partition.reader.readCommitted(request)) {
        for (const { position, sizeBytes } of splitBatches(part)) {
          const batch = part.subarray(position, position + sizeBytes);
          found.push(...decodeBatch(batch).records);
          fetchOffset = nextOffsetOf(readBatchHeader(batch));
        }
      }
      if (fetchOffset === before) break;
    }
    return found;
  }

  values(brokerId: number): string[] {
    return this.records(brokerId).map(({ value }) => Buffer.from(value ?? []).toString());
  }

  leads(brokerId: number): void {
    this.cluster.controller.change('t', { leader: brokerId });
  }

  run(byMs: number): Promise<void> {
    return this.cluster.run(byMs);
  }
}
