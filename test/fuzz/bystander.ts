import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { APIS } from '../../src/kafka/wire/apis.ts';
import { encodeRequest } from '../../src/kafka/wire/request.ts';
import { decodeResponse } from '../../src/kafka/wire/response.ts';
import { BatchBuilder } from '../../src/record/batch-builder.ts';

const VERSION = 9;
const SIZE_BYTES = 4;
/** What a topic answers that was just made, as any client knows. */
const NOT_LEADER_OR_FOLLOWER = 6;
const NOT_LED_PAUSE_MS = 10;

/** Sends a record and waits until it is acknowledged. */
export type SendOne = (value: string) => Promise<void>;

/** What a client saw of one stretch of time: a number a request, in milliseconds. */
export interface Window {
  readonly latenciesMs: number[];
  /** What the node's main thread worked meanwhile: nobody else's load is in it. */
  readonly worksMs: number[];
}

export type Phase = 'quiet' | 'attacked' | 'between';

export interface BystanderOptions {
  readonly send: SendOne;
  readonly pauseMs: number;
  /** What the node's main thread has worked so far, in milliseconds. */
  readonly workedMs: () => number;
}

/** A client that does no harm: one numbered record after another, each waited for and timed. */
export class Bystander {
  readonly name: string;
  /** What was acknowledged, in order. */
  readonly acknowledged: string[] = [];
  /** By whether the broker was attacked meanwhile, in order. */
  readonly windows: { readonly quiet: Window[]; readonly attacked: Window[] } = {
    quiet: [],
    attacked: [],
  };
  readonly #options: BystanderOptions;
  #phase: Phase = 'between';
  #window: Window | undefined;
  #isStopping = false;

  constructor(name: string, options: BystanderOptions) {
    this.name = name;
    this.#options = options;
  }

  enter(phase: Phase): void {
    this.#phase = phase;
    this.#window = phase === 'between' ? undefined : { latenciesMs: [], worksMs: [] };
    if (phase !== 'between' && this.#window !== undefined) this.windows[phase].push(this.#window);
  }

  /** Until `stop`; rejects when a record is not taken. */
  async run(): Promise<void> {
    const { send, pauseMs, workedMs } = this.#options;
    for (let number = 0; !this.#isStopping; number += 1) {
      const window = this.#window;
      const phase = this.#phase;
      const [begunMs, workedBeforeMs] = [performance.now(), workedMs()];
      await send(`${this.name} ${number}`);
      // What began quiet and ended attacked tells nothing; what an attack held up tells of it.
      if (window !== undefined && (window === this.#window || phase === 'attacked')) {
        window.latenciesMs.push(performance.now() - begunMs);
        window.worksMs.push(workedMs() - workedBeforeMs);
      }
      this.acknowledged.push(`${this.name} ${number}`);
      await sleep(pauseMs);
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
  let isLed = false;
  const send = async (value: string): Promise<void> => {
    correlationId += 1;
    const answer = nextFrame(socket);
    for (const part of produceFrame(topic, value, correlationId)) socket.write(part);
    const { body } = decodeResponse(APIS.produce, VERSION, await answer);
    const errorCode = body.responses[0]?.partitionResponses[0]?.errorCode;
    if (errorCode === NOT_LEADER_OR_FOLLOWER && !isLed) {
      await sleep(NOT_LED_PAUSE_MS);
      return send(value);
    }
    if (errorCode !== 0) throw new Error(`a produce request of ${topic} got error ${errorCode}`);
    isLed = true;
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
