import type { Stream } from '../../env/transport.ts';
import type { ByteBudget } from './byte-budget.ts';

/** What the unanswered requests of one stream may hold, and where it is read on. */
export const STREAM_BYTES_HIGH: number = 32 * 1024 * 1024;
const STREAM_BYTES_LOW = STREAM_BYTES_HIGH / 2;
/** What a request costs beside its frame: its place in the order, its waits, its reply. */
export const REQUEST_BYTES = 1024;

/**
 * Decides when a produce stream is read. It rests while its own unanswered requests, or those of
 * all streams together, hold too many bytes, and while the client does not take its replies: then
 * the network holds the client back, and the memory of the broker stays bounded whatever it sends.
 */
export class ProduceIntake {
  readonly #stream: Pick<Stream<unknown>, 'pause' | 'resume'>;
  readonly #total: ByteBudget;
  readonly #review = (): void => this.#decide();
  #heldBytes = 0;
  #isWritable = true;
  #isPaused = false;
  #isClosed = false;

  constructor(stream: Pick<Stream<unknown>, 'pause' | 'resume'>, total: ByteBudget) {
    this.#stream = stream;
    this.#total = total;
  }

  /** A request has arrived; `giveBack` the same once it is answered. */
  take(bytes: number): void {
    this.#heldBytes += bytes;
    this.#total.take(bytes);
    this.#decide();
  }

  /** Also after the stream has ended: what was appended waits for its replicas all the same. */
  giveBack(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#total.giveBack(bytes);
    this.#decide();
  }

  /** Whether the client takes replies. */
  setWritable(isWritable: boolean): void {
    if (isWritable === this.#isWritable) return;
    this.#isWritable = isWritable;
    this.#decide();
  }

  close(): void {
    this.#isClosed = true;
    this.#total.forget(this.#review);
  }

  #decide(): void {
    if (this.#isClosed) return;
    if (this.#total.isSpent) this.#total.await(this.#review);
    const limitBytes = this.#isPaused ? STREAM_BYTES_LOW : STREAM_BYTES_HIGH;
    const mustRest = this.#heldBytes >= limitBytes || this.#total.isSpent || !this.#isWritable;
    if (mustRest === this.#isPaused) return;
    this.#isPaused = mustRest;
    if (mustRest) this.#stream.pause();
    else this.#stream.resume();
  }
}
