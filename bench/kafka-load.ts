/**
 * Produces to one broker over Kafka's protocol, in a process of its own: frames of the project's own
 * codec, made once and sent again, so that the broker is what is measured. They are what a Java
 * producer sends at its defaults: a batch of at most 16 KiB for each partition, five requests in
 * flight on one connection. Prints one JSON line. Arguments: one JSON object, see `KafkaLoadPlan`.
 */
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { APIS } from '../src/kafka/wire/apis.ts';
import { FRAME_SIZE_BYTES } from '../src/kafka/wire/frame.ts';
import { encodeRequest } from '../src/kafka/wire/request.ts';
import { decodeResponse } from '../src/kafka/wire/response.ts';
import { BatchBuilder } from '../src/record/batch-builder.ts';
import { payload } from './payload.ts';
import type { KafkaLoadPlan, KafkaLoadResult } from './plan.ts';
import { cpuSecondsOf } from './processes.ts';
import { throughputOf } from './throughput.ts';

const VERSION = 7;
const BATCH_BYTES = 16_384;
/** Of a record and of its batch beside the value, at the most. */
const OVERHEAD_BYTES = 100;
const IN_FLIGHT = 5;

interface Flood {
  /** Records acknowledged. */
  readonly count: number;
  readonly failed: number;
  readonly elapsedMs: number;
}

const batchOf = (plan: KafkaLoadPlan, recordCount: number): Uint8Array => {
  const builder = new BatchBuilder({ maxBytes: BATCH_BYTES });
  const value = payload(plan.recordBytes);
  for (let at = 0; at < recordCount; at += 1) {
    builder.append({ key: null, value, timestampMs: Date.now() });
  }
  return builder.build();
};

const frameOf = (plan: KafkaLoadPlan, recordCount: number): Buffer => {
  const partitionData = Array.from({ length: plan.partitions }, (_, index) => ({
    index,
    records: batchOf(plan, recordCount),
  }));
  const acks = plan.acks === 'all' ? -1 : plan.acks;
  const body = { acks, timeoutMs: 30_000, topicData: [{ name: plan.topic, partitionData }] };
  const head = { apiVersion: VERSION, correlationId: 1, clientId: 'bench', body };
  return Buffer.concat(encodeRequest(APIS.produce, head));
};

/** Partitions that an answer tells of, and how many of them refused. */
const judge = (answer: Uint8Array): { taken: number; refused: number } => {
  const { body } = decodeResponse(APIS.produce, VERSION, answer);
  const codes = body.responses.flatMap(({ partitionResponses }) =>
    partitionResponses.map(({ errorCode }) => errorCode),
  );
  const refused = codes.filter((code) => code !== 0).length;
  return { taken: codes.length - refused, refused };
};

/** Whole answers among the bytes, without their sizes, and what is left. */
const cut = (bytes: Buffer): { answers: Buffer[]; left: Buffer } => {
  const answers: Buffer[] = [];
  let at = 0;
  while (bytes.length - at >= FRAME_SIZE_BYTES) {
    const end = at + FRAME_SIZE_BYTES + bytes.readInt32BE(at);
    if (end > bytes.length) break;
    answers.push(bytes.subarray(at + FRAME_SIZE_BYTES, end));
    at = end;
  }
  return { answers, left: bytes.subarray(at) };
};

/** Keeps the requests in flight for so long, and waits for the last answers. */
const flood = (
  socket: Socket,
  { frame, recordCount }: { frame: Buffer; recordCount: number },
  durationMs: number,
): Promise<Flood> =>
  new Promise((resolve, reject) => {
    const begunMs = performance.now();
    let left: Buffer = Buffer.alloc(0);
    let [count, failed, open] = [0, 0, 0];
    const send = (): void => {
      open += 1;
      socket.write(frame);
    };
    const onData = (chunk: Buffer): void => {
      const found = cut(left.length === 0 ? chunk : Buffer.concat([left, chunk]));
      ({ left } = found);
      for (const answer of found.answers) {
        const { taken, refused } = judge(answer);
        count += taken * recordCount;
        failed += refused * recordCount;
        open -= 1;
        if (performance.now() - begunMs < durationMs) send();
      }
      if (open > 0) return;
      socket.off('data', onData).off('close', onClose);
      resolve({ count, failed, elapsedMs: performance.now() - begunMs });
    };
    const onClose = (): void => reject(new Error('the broker has ended the connection'));
    socket.on('data', onData).once('close', onClose);
    for (let nth = 0; nth < IN_FLIGHT; nth += 1) send();
  });

const main = async (plan: KafkaLoadPlan): Promise<KafkaLoadResult> => {
  const socket = connect({ port: plan.port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  const recordCount = Math.floor(BATCH_BYTES / (plan.recordBytes + OVERHEAD_BYTES));
  const load = { frame: frameOf(plan, recordCount), recordCount };
  await flood(socket, load, plan.warmUpMs);
  const cpuBefore = cpuSecondsOf(plan.brokerPids);
  const { count, failed, elapsedMs } = await flood(socket, load, plan.floodMs);
  const cpuSeconds = cpuSecondsOf(plan.brokerPids) - cpuBefore;
  socket.destroy();
  return { ...throughputOf({ plan, count, elapsedMs, cpuSeconds }), failed };
};

const result = await main(JSON.parse(process.argv[2] ?? '{}') as KafkaLoadPlan);
process.stdout.write(`${JSON.stringify(result)}\n`);
