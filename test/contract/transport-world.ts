import { OttlaError } from '../../src/base/errors.ts';
import type {
  CallContext,
  Handler,
  Stream,
  StreamListener,
  Transport,
} from '../../src/env/transport.ts';
import { onCall, onStream } from '../../src/env/transport.ts';
import type { Note } from './json-methods.ts';
import { askMethod, exchangeMethod } from './json-methods.ts';

/** Two transports that can reach each other, in real time. */
export interface TransportPair {
  readonly server: Transport;
  readonly client: Transport;
  /** Where the server is to listen; port 0. */
  readonly host: string;
  /** An address of that host where nobody listens. */
  readonly deadAddress: string;
}

export const LONG_MS = 10_000;

/** What one end of a stream saw, in order; a close is `close` or `close:CODE`. */
export class Seen implements StreamListener<Note> {
  readonly events: string[] = [];
  readonly notes: Note[] = [];
  drains = 0;
  readonly #onNote: ((note: Note) => void) | undefined;
  #wake: () => void = () => {};

  constructor(onNote?: (note: Note) => void) {
    this.#onNote = onNote;
  }

  onMessage(note: Note): void {
    this.events.push(note.word);
    this.notes.push(note);
    this.#wake();
    this.#onNote?.(note);
  }

  onDrain(): void {
    this.drains += 1;
    this.#wake();
  }

  onClose(error: Error | undefined): void {
    const code = error instanceof OttlaError ? error.code : error?.name;
    this.events.push(code === undefined ? 'close' : `close:${code}`);
    this.#wake();
  }

  get closes(): string[] {
    return this.events.filter((event) => event.startsWith('close'));
  }

  /** Resolves once the condition holds; the test's time limit is the deadline. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  untilClosed(): Promise<void> {
    return this.until(() => this.closes.length > 0);
  }
}

/** Time for a second close or a late message to show up, were there one. */
export const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

/** A server's side of the suite: what it saw, and its end of the last stream. */
export class NotesServer {
  seen = new Seen();
  stream: Stream<Note> | undefined;
  context: CallContext | undefined;
  answeredCount = 0;
  /** Streams are paused while they are accepted. */
  pausesAtOnce = false;
  #hanging: Array<() => void> = [];

  handlers(): Handler[] {
    return [
      onCall(askMethod, (note, context) => this.#answer(note, context)),
      onStream(exchangeMethod, (stream, context) => this.#accept(stream, context)),
    ];
  }

  /** Lets handlers that were told to hang return. */
  release(): void {
    for (const resolve of this.#hanging) resolve();
    this.#hanging = [];
  }

  async #answer(note: Note, context: CallContext): Promise<Note> {
    this.answeredCount += 1;
    this.context = context;
    if (note.word === 'refuse') throw new OttlaError('TOPIC_ALREADY_EXISTS', 'topic t exists');
    if (note.word === 'refuse late') {
      throw new OttlaError('NO_CONTROLLER', 'none is known any more', { maybeApplied: true });
    }
    if (note.word === 'fail') throw new TypeError('a bug');
    if (note.word === 'hang') await new Promise<void>((resolve) => this.#hanging.push(resolve));
    return note;
  }

  #accept(stream: Stream<Note>, context: CallContext): StreamListener<Note> {
    if (this.pausesAtOnce) stream.pause();
    this.stream = stream;
    this.context = context;
    this.seen = new Seen((note) => this.#onNote(note, stream));
    return this.seen;
  }

  #onNote(note: Note, stream: Stream<Note>): void {
    if (note.word === 'echo') stream.send(note);
    if (note.word === 'end') stream.close();
    if (note.word === 'pause') stream.pause();
    if (note.word === 'refuse')
      stream.close(new OttlaError('FENCED_LEADER_EPOCH', 'epoch 3 is old'));
    if (note.word === 'fail') throw new TypeError('a bug');
    if (note.word.startsWith('flood:')) {
      const count = Number(note.word.slice('flood:'.length));
      for (let index = 0; index < count; index += 1) stream.send({ word: String(index) });
    }
  }
}

export interface World extends TransportPair {
  readonly notes: NotesServer;
  readonly address: string;
  ask(note: Note, options?: { deadlineMs?: number; signal?: AbortSignal }): Promise<Note>;
  open(seen: Seen, address?: string): Stream<Note>;
}

export const startWorld = async (makePair: () => Promise<TransportPair>): Promise<World> => {
  const pair = await makePair();
  const notes = new NotesServer();
  const { address } = await pair.server.listen(`${pair.host}:0`, notes.handlers());
  return {
    ...pair,
    notes,
    address,
    ask: (note, options = {}) =>
      pair.client.call(address, askMethod, { request: note, deadlineMs: LONG_MS, ...options }),
    open: (seen, to = address) =>
      pair.client.open(to, exchangeMethod, { lane: 'data', listener: seen }),
  };
};

/** Waits until the condition holds; the test's time limit is the deadline. */
export const expectEventually = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
