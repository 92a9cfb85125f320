/**
 * One load against a running cluster, in a process of its own so that it shares no loop with a
 * broker. Prints one JSON line. Arguments: one JSON object, see `LoadPlan`.
 */
import { createHistogram } from 'node:perf_hooks';
import type { OttlaClient } from '../src/index.ts';
import { payload } from './payload.ts';
import type { LoadPlan, LoadResult } from './plan.ts';
import { cpuSecondsOf } from './processes.ts';
import { throughputOf } from './throughput.ts';

const { connect } = (await import(
  new URL('../dist/index.js', import.meta.url).href
)) as typeof import('../src/index.ts');

const NS_PER_MS = 1e6;

/** One that is there already is taken as it is. */
const makeTopic = async (client: OttlaClient, plan: LoadPlan): Promise<void> => {
  const { topic: name, partitions, replicationFactor } = plan;
  const configs = { 'min.insync.replicas': String(Math.min(2, replicationFactor)) };
  if ((await client.admin().listTopics()).includes(name)) return;
  await client.admin().createTopic({ name, partitions, replicationFactor, configs });
};

const main = async (plan: LoadPlan): Promise<LoadResult> => {
  await using client = connect({ bootstrap: plan.bootstrap });
  await makeTopic(client, plan);
  const producer = client.producer({ acks: plan.acks, lingerMs: 5 });
  const value = payload(plan.recordBytes);
  let failed = 0;
  const send = async (onDelivered: () => void): Promise<void> => {
    const onDelivery = (error?: Error): void => {
      if (error === undefined) onDelivered();
      else failed += 1;
    };
    while (!producer.enqueue({ topic: plan.topic, value }, onDelivery)) await producer.hasRoom();
  };
  const flood = async (durationMs: number): Promise<{ count: number; elapsedMs: number }> => {
    const startMs = performance.now();
    let count = 0;
    while (performance.now() - startMs < durationMs) {
      for (let i = 0; i < 500; i += 1) await send(() => (count += 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await producer.flush();
    return { count, elapsedMs: performance.now() - startMs };
  };
  await flood(plan.warmUpMs);
  const cpuBefore = cpuSecondsOf(plan.brokerPids);
  const { count, elapsedMs } = await flood(plan.floodMs);
  const cpuSeconds = cpuSecondsOf(plan.brokerPids) - cpuBefore;

  // Open loop: record i is due at a fixed moment, and its latency counts from there.
  const latency = createHistogram();
  const startMs = performance.now();
  const total = Math.floor((plan.paceMs / 1000) * plan.pacePerSecond);
  for (let i = 0; i < total; ) {
    const dueCount = Math.min(
      total,
      Math.floor(((performance.now() - startMs) / 1000) * plan.pacePerSecond),
    );
    for (; i < dueCount; i += 1) {
      const dueMs = startMs + (i / plan.pacePerSecond) * 1000;
      await send(() => {
        latency.record(Math.max(1, Math.round((performance.now() - dueMs) * NS_PER_MS)));
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await producer.flush();
  const ms = (percentile: number): number =>
    Math.round((latency.percentile(percentile) / NS_PER_MS) * 100) / 100;
  return {
    ...throughputOf({ plan, count, elapsedMs, cpuSeconds }),
    latencyP50Ms: ms(50),
    latencyP99Ms: ms(99),
    failed,
  };
};

const result = await main(JSON.parse(process.argv[2] ?? '{}') as LoadPlan);
process.stdout.write(`${JSON.stringify(result)}\n`);
