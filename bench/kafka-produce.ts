import { fork } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { APIS } from '../src/kafka/wire/apis.ts';
import { encodeRequest } from '../src/kafka/wire/request.ts';
import { decodeResponse } from '../src/kafka/wire/response.ts';
import { BatchBuilder } from '../src/record/batch-builder.ts';
import { startDevCluster } from '../src/testing/index.ts';

/**
 * What one broker takes by Kafka's protocol from one connection that sends ahead of its answers:
 * `tsx bench/kafka-produce.ts`. The broker is a process of its own; acks=1, one batch a request.
 */

const SECONDS = 4;
const VERSION = 7;
const WINDOW_BYTES = 8 * 1024 * 1024;
const WINDOW_REQUESTS = 1000;
const SIZES = [200, 1024, 16 * 1024, 1024 * 1024 - 4096];

const serve = async (): Promise<void> => {
  const cluster = await startDevCluster({
    topics: ['bench'],
    config: { 'log.segment.bytes': 256 * 1024 * 1024, 'log.retention.bytes': 512 * 1024 * 1024 },
  });
  process.on('disconnect', () => void cluster.stop());
  process.send?.(cluster.kafkaBootstrap);
};

const frameOf = (sizeBytes: number): Buffer => {
  const builder = new BatchBuilder({ maxBytes: 2 * 1024 * 1024 });
  const value = Buffer.alloc(sizeBytes, 7);
  builder.append({ key: null, value, timestampMs: Date.now() });
  const body = {
    acks: 1,
    timeoutMs: 30_000,
    topicData: [{ name: 'bench', partitionData: [{ index: 0, records: builder.build({}) }] }],
  };
  const head = { apiVersion: VERSION, correlationId: 1, clientId: 'bench', body };
  return Buffer.concat(encodeRequest(APIS.produce, head));
};

/** Requests answered a second. */
const measure = (port: number, frame: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const window = Math.max(2, Math.min(WINDOW_REQUESTS, Math.floor(WINDOW_BYTES / frame.length)));
    const begunMs = performance.now();
    let left: Buffer = Buffer.alloc(0);
    let answered = 0;
    const send = (count: number): void => {
      socket.cork();
      for (let nth = 0; nth < count; nth += 1) socket.write(frame);
      socket.uncork();
    };
    socket.on('data', (chunk: Buffer) => {
      left = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
      let taken = 0;
      let position = 0;
      while (left.length - position >= 4) {
        const sizeBytes = left.readInt32BE(position);
        if (left.length - position < 4 + sizeBytes) break;
        if (answered === 0) requireSuccess(left.subarray(position + 4, position + 4 + sizeBytes));
        position += 4 + sizeBytes;
        taken += 1;
        answered += 1;
      }
      left = left.subarray(position);
      const seconds = (performance.now() - begunMs) / 1000;
      if (seconds < SECONDS) return send(taken);
      socket.destroy();
      resolve(answered / seconds);
    });
    socket.on('error', reject);
    socket.on('connect', () => send(window));
  });

const requireSuccess = (bytes: Uint8Array): void => {
  const { body } = decodeResponse(APIS.produce, VERSION, bytes);
  const code = body.responses[0]?.partitionResponses[0]?.errorCode;
  if (code !== 0) throw new Error(`the first request was refused with ${code}`);
};

const run = async (): Promise<void> => {
  const child = fork(fileURLToPath(import.meta.url), ['serve'], { execArgv: process.execArgv });
  const bootstrap = await new Promise<string>((resolve) => child.once('message', resolve as never));
  const port = Number(bootstrap.slice(bootstrap.lastIndexOf(':') + 1));
  for (const sizeBytes of SIZES) {
    const frame = frameOf(sizeBytes);
    await measure(port, frame);
    const rate = await measure(port, frame);
    const megabytes = (rate * frame.length) / 1e6;
    process.stdout.write(
      `${sizeBytes} B a record: ${Math.round(rate)} requests/s, ${megabytes.toFixed(0)} MB/s\n`,
    );
  }
  child.disconnect();
};

await (process.argv[2] === 'serve' ? serve() : run());
