import { setTimeout as sleep } from 'node:timers/promises';
import type { OttlaClient, OttlaError, Producer } from '../../../src/index.ts';
import { connect } from '../../../src/index.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { keyOf, PARTITION_COUNT, TOPIC } from '../run-settings.ts';
import type { Recorder } from './recorder.ts';
import { keysByPartition, textOf } from './values.ts';

export interface ProducerLoadOptions {
  readonly name: string;
  readonly bootstrap: string;
  readonly recorder: Recorder;
  readonly random: SeededRandom;
  readonly deliveryTimeoutMs: number;
  /** The client is dropped with what it holds and made anew about this often; 0 for never. */
  readonly crashEveryMs: number;
}

/** The code of what a producer gave up by its own death. */
export const CRASHED = 'crashed';
/** Of one partition on their way: more would only pile up while it has no leader. */
const OUTSTANDING_MAX = 40;
const BURST_MAX = 6;
const PAUSE_MIN_MS = 20;
const PAUSE_SPREAD_MS = 40;
/** So small that several batches of one burst are on their way at once. */
const BATCH_BYTES = 1024;

/** Sends numbered records to all partitions, by key, and notes each one's end. */
export class ProducerLoad {
  readonly #options: ProducerLoadOptions;
  readonly #keys = keysByPartition(PARTITION_COUNT);
  readonly #outstanding = new Array<number>(PARTITION_COUNT).fill(0);
  #client: OttlaClient | undefined;
  #producer: Producer | undefined;
  #life = 1;
  #nextInTurn = 0;
  #isStopping = false;

  constructor(options: ProducerLoadOptions) {
    this.#options = options;
  }

  /** Until `stop`; every record has an end in the history when it resolves. */
  async run(): Promise<void> {
    const { crashEveryMs, random } = this.#options;
    let crashAtMs = 0;
    while (!this.#isStopping) {
      const nowMs = performance.now();
      if (this.#producer === undefined) {
        this.#begin();
        crashAtMs = nowMs + crashEveryMs / 2 + random.below(crashEveryMs + 1);
      } else if (crashEveryMs > 0 && nowMs > crashAtMs) {
        this.#crash();
        continue;
      }
      this.#sendBurst();
      await sleep(PAUSE_MIN_MS + random.below(PAUSE_SPREAD_MS));
    }
    await this.#client?.close();
  }

  stop(): void {
    this.#isStopping = true;
  }

  #begin(): void {
    const { bootstrap, deliveryTimeoutMs } = this.#options;
    this.#outstanding.fill(0);
    this.#client = connect({ bootstrap });
    this.#producer = this.#client.producer({
      acks: 'all',
      idempotent: true,
      batchBytes: BATCH_BYTES,
      deliveryTimeoutMs,
      requestTimeoutMs: Math.min(deliveryTimeoutMs, 10_000),
      maxBlockMs: deliveryTimeoutMs,
    });
  }

  /** What is on its way is given up, as by a process that dies. */
  #crash(): void {
    const [client, producer] = [this.#client, this.#producer];
    this.#client = undefined;
    this.#producer = undefined;
    this.#life += 1;
    const closing = async (): Promise<void> => {
      await producer?.close({ signal: AbortSignal.abort() });
      await client?.close();
    };
    closing().catch((error: unknown) =>
      this.#options.recorder.addFailure(`closing ${this.#options.name}: ${String(error)}`),
    );
  }

  #sendBurst(): void {
    const { random } = this.#options;
    const partition = random.below(PARTITION_COUNT);
    const count = 1 + random.below(BURST_MAX);
    for (let sent = 0; sent < count; sent += 1) this.#send(partition);
    // One more to each partition in turn: what is not sent is not acknowledged either, and a gap
    // shall be the cluster's.
    this.#send(this.#nextInTurn);
    this.#nextInTurn = (this.#nextInTurn + 1) % PARTITION_COUNT;
  }

  #send(partition: number): void {
    const { recorder, name, random } = this.#options;
    const keys = this.#keys[partition] ?? [];
    if ((this.#outstanding[partition] ?? 0) >= OUTSTANDING_MAX) return;
    const number = recorder.takeNumber();
    const sent = { key: keyOf(partition), value: String(number) };
    const process = `${name}.${this.#life}`;
    const life = this.#life;
    const invocation = recorder.add({
      f: 'send',
      type: 'invoke',
      process,
      timeMs: recorder.nowMs(),
      sent: [sent],
    });
    const end = (type: 'ok' | 'fail' | 'info', known: { offset?: number; code?: string }): void => {
      if (life === this.#life) this.#count(partition, -1);
      const { offset = -1, code } = known;
      const why = code === undefined ? {} : { code };
      const outcome = offset < 0 ? sent : { ...sent, offset };
      const timeMs = recorder.nowMs();
      recorder.add({ f: 'send', type, process, timeMs, invocation, ...why, sent: [outcome] });
    };
    this.#count(partition, 1);
    const record = { topic: TOPIC, key: keys[random.below(keys.length)], value: textOf(number) };
    const isTaken = this.#producer?.enqueue(record, (error, metadata) => {
      if (metadata === undefined) {
        // What this process gives up because it dies is no one's fault.
        const code = life === this.#life ? (error?.code ?? 'unknown') : CRASHED;
        end(isSurelyNot(error) ? 'fail' : 'info', { code });
        return;
      }
      if (metadata.partition !== partition) {
        recorder.addFailure(`${number} went to partition ${metadata.partition}, not ${partition}`);
      }
      end('ok', { offset: metadata.offset });
    });
    if (isTaken !== true) end('fail', { code: CRASHED });
  }

  #count(partition: number, by: number): void {
    this.#outstanding[partition] = (this.#outstanding[partition] ?? 0) + by;
  }
}

const isSurelyNot = (error: OttlaError | undefined): boolean => error?.maybeApplied === false;
