import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { StreamMethod, UnaryMethod } from '../base/method.ts';
import type { Clock } from '../env/clock.ts';
import type {
  CallMessage,
  Handler,
  Lane,
  Listening,
  Stream,
  StreamListener,
  Transport,
} from '../env/transport.ts';
import { serve } from './incoming.ts';
import { Outgoing } from './outgoing.ts';

// What goes wrong reaches the caller as an error; grpc-js would write it to stderr as well.
setLogVerbosity(logVerbosity.NONE);

/** The transport of production: gRPC over HTTP/2, without TLS yet. */
export class GrpcTransport implements Transport {
  readonly #clock: Clock;
  readonly #outgoing: Outgoing;
  readonly #listening = new Set<Listening>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#outgoing = new Outgoing(clock);
  }

  call<Request, Response>(
    address: string,
    method: UnaryMethod<Request, Response>,
    message: CallMessage<Request>,
  ): Promise<Response> {
    return this.#outgoing.call(address, method, message);
  }

  open<Up, Down>(
    address: string,
    method: StreamMethod<Up, Down>,
    options: { readonly lane: Lane; readonly listener: StreamListener<Down> },
  ): Stream<Up> {
    return this.#outgoing.open(address, method, options);
  }

  async listen(address: string, handlers: readonly Handler[]): Promise<Listening> {
    const listening = await serve(address, handlers, this.#clock);
    this.#listening.add(listening);
    return listening;
  }

  async close(): Promise<void> {
    await this.#outgoing.close();
    await Promise.all([...this.#listening].map((listening) => listening.close()));
    this.#listening.clear();
  }
}
