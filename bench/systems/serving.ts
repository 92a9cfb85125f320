import { setTimeout as sleep } from 'node:timers/promises';
import { APIS } from '../../src/kafka/wire/apis.ts';
import { kafkaRequest } from '../kafka-request.ts';
import type { System } from './system.ts';

const POLL_MS = 20;
const TIMEOUT_MS = 60_000;

/** Asks again until it is so; an error counts as no, and the last one is told when time is up. */
export const eventually = async (
  what: string,
  isSo: () => Promise<boolean>,
  timeoutMs = TIMEOUT_MS,
): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  let reason = '';
  for (;;) {
    try {
      if (await isSo()) return;
      reason = '';
    } catch (error) {
      reason = `: ${(error as Error).message}`;
    }
    if (performance.now() > deadline) {
      throw new Error(`${what} was not so within ${timeoutMs / 1000} s${reason}`);
    }
    await sleep(POLL_MS);
  }
};

/** Waits until every broker serves Kafka's protocol and knows all the others. */
export const whenServing = async (system: System): Promise<void> => {
  for (let nodeId = 1; nodeId <= system.nodeCount; nodeId += 1) {
    await eventually(`broker ${nodeId} of ${system.name} serves`, async () => {
      const body = { topics: [], allowAutoTopicCreation: false };
      const port = system.portOf(nodeId);
      const { brokers } = await kafkaRequest({ port, api: APIS.metadata, apiVersion: 9, body });
      return brokers.length === system.nodeCount;
    });
  }
};
