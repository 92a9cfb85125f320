import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { APIS } from '../../src/kafka/wire/apis.ts';
import { encodeRequest } from '../../src/kafka/wire/request.ts';
import { decodeResponse } from '../../src/kafka/wire/response.ts';
import { BatchBuilder } from '../../src/record/batch-builder.ts';

const VERSION = 9;
const SIZE_BYTES = 4;

/** Sends a record and waits until it is acknowledged. */
export type SendOne = (value: string) => Promise<void>;

/** A client that does no harm: one numbered record after another, each waited for and timed. */
export class Bystander {
  readonly name: string;
  /** What was acknowledged, in order. */
  readonly acknowledged: string[] = [];
  /** Milliseconds, by whether the broker was attacked meanwhile. */
  readonly latencies: { readonly quiet: number[]; readonly attacked: number[] } = {
    quiet: [],
    attacked: [],
  };
  phase: 'quiet' | 'attacked' | 'between' = 'between';
  readonly #send: SendOne;
  readonly #pauseMs: number;
  #isStopping = false;

  constructor(name: string, options: { readonly send: SendOne; readonly pauseMs: number }) {
    this.name = name;
    this.#send = options.send;
    this.#pauseMs = options.pauseMs;
  }

  /** Until `stop`; rejects when a record is not taken. */
  async run(): Promise<void> {
    for (let number = 0; !this.#isStopping; number += 1) {
      const { phase } = this;
      const begunMs = performance.now();
      await this.#send(`${this.name} ${number}`);
      // What began in one phase and ended in another tells nothing of either.
      if (phase !== 'between' && phase === this.phase) {
        this.latencies[phase].push(performance.now() - begunMs);
      }
      this.acknowledged.push(`${this.name} ${number}`);
      await sleep(this.#pauseMs);
    }
  }

  stop(): void {
    this.#isStopping = true;
  }
}

/** Over one connection of Kafka's protocol, which must live as long as the run. */
export const kafkaSender = async (
  port: number,
  topic: string,
): Promise<{ send: SendOne; close: () => void }> => {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay();
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  let correlationId = 0;
  const send = async (value: string): Promise<void> => {
    correlationId += 1;
    const answer = nextFrame(socket);
    for (const part of produceFrame(topic, value, correlationId)) socket.write(part);
    const { body } = decodeResponse(APIS.produce, VERSION, await answer);
    const errorCode = body.responses[0]?.partitionResponses[0]?.errorCode;
    if (errorCode !== 0) throw new Error(`a produce request of ${topic} got error ${errorCode}`);
  };
  return { send, close: () => socket.destroy() };
};

const produceFrame = (topic: string, value: string, correlationId: number): Uint8Array[] => {
  const builder = new BatchBuilder({ maxBytes: 10_000 });
  builder.append({ timestampMs: Date.now(), key: null, value: Buffer.from(value) });
  return encodeRequest(APIS.produce, {
    apiVersion: VERSION,
    correlationId,
    clientId: 'bystander',
    body: {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records: builder.build() }] }],
    },
  });
};

/** The next answer without its size; rejects when the connection ends before. */
const nextFrame = (socket: Socket): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < SIZE_BYTES || bytes.length < SIZE_BYTES + bytes.readInt32BE(0)) return;
      settle();
      resolve(bytes.subarray(SIZE_BYTES));
    };
    const onClose = (): void => {
      settle();
      reject(new Error('the broker ended the connection of a client that did no harm'));
    };
    const settle = (): void => {
      socket.off('data', onData).off('close', onClose).off('error', onClose);
    };
    socket.on('data', onData).once('close', onClose).once('error', onClose);
  });
