import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { must } from '../../base/assert.ts';
import { OttlaError } from '../../base/errors.ts';

/** Whoever asks bounds how much is asked for at a time; this bounds what it costs the machine. */
const THREADS_MAX = 2;
/** The memory of the library never shrinks: a thread is ended after work that may take more. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

/** Runs as it stands, since neither a bundle nor a test has a file that a thread could load. */
const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads');
  const library = require(workerData);
  const loaded = library.init();
  parentPort.on('message', async ({ bytes, level, maxBytes }) => {
    try {
      await loaded;
      const output =
        maxBytes === undefined
          ? library.compress(bytes, level)
          : library.decompress(bytes, { defaultHeapSize: maxBytes });
      parentPort.postMessage({ output }, [output.buffer]);
    } catch (error) {
      parentPort.postMessage({ fault: String(error) });
    }
  });
`;

/** Of one frame: compress `bytes`, or decompress them with room for `maxBytes`. */
type Work =
  | { readonly bytes: Uint8Array; readonly level: number }
  | { readonly bytes: Uint8Array; readonly maxBytes: number };

type Answer = { readonly output: Uint8Array } | { readonly fault: string };

interface Job {
  readonly work: Work;
  readonly resolve: (output: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The WebAssembly library of zstd in threads of its own, for input that would hold the event loop.
 * They start when they are first needed, and keep no process from ending.
 */
export class ZstdThreads {
  readonly #waiting: Job[] = [];
  readonly #threads = new Set<Thread>();

  /**
   * The input is copied before this returns. Rejects with what the library says; with
   * REPLICA_NOT_AVAILABLE (retriable) where the thread ended under the work.
   */
  run(work: Work): Promise<Uint8Array> {
    // Of a view, all that it is a view of would be handed over.
    const copied = { ...work, bytes: new Uint8Array(work.bytes) };
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work: copied, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    const idle = [...this.#threads].find(({ isFree }) => isFree);
    if (idle === undefined && this.#threads.size === THREADS_MAX) return;
    const job = this.#waiting.shift();
    if (job !== undefined) (idle ?? this.#start()).begin(job);
  }

  #start(): Thread {
    const thread = new Thread(
      () => this.#next(),
      () => {
        this.#threads.delete(thread);
        this.#next();
      },
    );
    this.#threads.add(thread);
    return thread;
  }
}

class Thread {
  readonly #worker: Worker;
  readonly #onIdle: () => void;
  readonly #onEnd: () => void;
  #job: Job | undefined;
  #isEnding = false;

  constructor(onIdle: () => void, onEnd: () => void) {
    this.#onIdle = onIdle;
    this.#onEnd = onEnd;
    this.#worker = new Worker(PROGRAM, {
      eval: true,
      // Flags of the process are for its own program.
      execArgv: [],
      workerData: createRequire(import.meta.url).resolve('@bokuweb/zstd-wasm'),
    });
    this.#worker.on('message', (answer: Answer) => this.#take(answer));
    this.#worker.on('error', ({ message }) => this.#onGone(message));
    this.#worker.on('exit', () => this.#onGone('it ended'));
  }

  get isFree(): boolean {
    return this.#job === undefined && !this.#isEnding;
  }

  begin(job: Job): void {
    const { work } = job;
    this.#job = job;
    this.#isEnding = ('maxBytes' in work ? work.maxBytes : work.bytes.length) > KEPT_BYTES_MAX;
    this.#worker.ref();
    this.#worker.postMessage(work, [work.bytes.buffer as ArrayBuffer]);
  }

  #take(answer: Answer): void {
    const job = must(this.#job, 'a thread answers what it was given');
    this.#job = undefined;
    this.#worker.unref();
    if ('fault' in answer) job.reject(new Error(answer.fault));
    else job.resolve(answer.output);
    if (this.#isEnding) void this.#worker.terminate();
    else this.#onIdle();
  }

  #onGone(why: string): void {
    const text = `the thread that has a batch of zstd is gone (${why}): try again`;
    this.#job?.reject(new OttlaError('REPLICA_NOT_AVAILABLE', text));
    this.#job = undefined;
    this.#onEnd();
  }
}
