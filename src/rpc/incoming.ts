import type { Http2Server, ServerHttp2Session } from 'node:http2';
import type {
  handleBidiStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  ServerDuplexStream,
  ServerOptions,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { assert } from '../base/assert.ts';
import { OttlaError } from '../base/errors.ts';
import { hostOf } from '../base/host-of.ts';
import { listenError } from '../base/listen-error.ts';
import { methodPath } from '../base/method.ts';
import type { Clock } from '../env/clock.ts';
import type {
  CallContext,
  Handler,
  Listening,
  StreamHandler,
  UnaryHandler,
} from '../env/transport.ts';
import { addDiscovery } from './discovery.ts';
import { Duplex } from './duplex.ts';
import { SERVER_OPTIONS, WINDOW_BYTES } from './options.ts';
import { asBuffer, asBytes } from './raw.ts';
import { toStatus } from './status.ts';

/** Serves the handlers on an address, with gRPC's health service and reflection beside them. */
export const serve = async (
  address: string,
  handlers: readonly Handler[],
  clock: Clock,
): Promise<Listening> => {
  const server = new Server(SERVER_OPTIONS as ServerOptions);
  widenWindows(server);
  for (const [definition, implementation] of servicesOf(handlers, clock)) {
    server.addService(definition, implementation);
  }
  const port = await bind(server, address);
  addDiscovery(server, handlers);
  return {
    address: `${hostOf(address)}:${port}`,
    port,
    close: async () => server.forceShutdown(),
  };
};

const bind = (server: Server, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(listenError(address, error));
    });
  });

/** What is used of grpc-js beyond its public types; the pinned version is checked for it. */
interface ServerInternals {
  commonServerOptions: { settings?: object };
  createHttp2Server(credentials: ServerCredentials): Http2Server;
}

/**
 * grpc-js widens the flow-control windows of its clients only. What is pushed to a server (records
 * to a broker) would stay at 64 KiB a round trip; so its sessions are widened here, both the
 * streams' windows (a setting) and the connection's (on each session).
 */
const widenWindows = (server: Server): void => {
  const internals = server as unknown as ServerInternals;
  assert(typeof internals.createHttp2Server === 'function', 'grpc-js has createHttp2Server');
  internals.commonServerOptions.settings = {
    ...internals.commonServerOptions.settings,
    initialWindowSize: WINDOW_BYTES,
  };
  const create = internals.createHttp2Server.bind(server);
  internals.createHttp2Server = (serverCredentials) => {
    const http2Server = create(serverCredentials);
    http2Server.on('session', (session: ServerHttp2Session) => {
      session.setLocalWindowSize(WINDOW_BYTES);
    });
    return http2Server;
  };
};

type Methods = Record<string, MethodDefinition<Uint8Array, Uint8Array>>;

const servicesOf = (
  handlers: readonly Handler[],
  clock: Clock,
): Array<[ServiceDefinition, UntypedServiceImplementation]> => {
  const services = new Map<string, [Methods, UntypedServiceImplementation]>();
  for (const handler of handlers) {
    const { service, name, kind } = handler.method;
    const [definition, implementation] = services.get(service) ?? [{}, {}];
    definition[name] = {
      path: methodPath(handler.method),
      requestStream: kind === 'stream',
      responseStream: kind === 'stream',
      requestSerialize: asBuffer,
      requestDeserialize: asBytes,
      responseSerialize: asBuffer,
      responseDeserialize: asBytes,
    };
    implementation[name] = 'handle' in handler ? onUnary(handler, clock) : onBidi(handler, clock);
    services.set(service, [definition, implementation]);
  }
  return [...services.values()];
};

const onUnary =
  (handler: UnaryHandler, clock: Clock): handleUnaryCall<Uint8Array, Uint8Array> =>
  (call, callback) => {
    const context = contextOf(call, clock);
    const answer = async (): Promise<Uint8Array> => {
      const request = handler.method.request.decode(call.request);
      return handler.method.response.encode(await handler.handle(request, context));
    };
    answer().then(
      (bytes) => callback(null, bytes),
      (error) => callback(toStatus(error)),
    );
  };

const onBidi =
  (handler: StreamHandler, clock: Clock): handleBidiStreamingCall<Uint8Array, Uint8Array> =>
  (call) => {
    const { method } = handler;
    const duplex = new Duplex({
      raw: call,
      out: method.down,
      in: method.up,
      end: (error) => (error === undefined ? call.end() : call.emit('error', toStatus(error))),
    });
    const onBroken = (): void =>
      duplex.onEnd(new OttlaError('NETWORK_EXCEPTION', `${call.getPeer()} has gone`));
    call.on('end', () => {
      // A broken stream ends too, and the flag tells it from one that was closed.
      if (call.cancelled) return onBroken();
      call.end();
      duplex.onEnd(undefined);
    });
    call.on('cancelled', onBroken);
    // Our own close with an error comes by here too, and has been told by then.
    call.on('error', () => process.nextTick(onBroken));
    try {
      duplex.listen(handler.accept(duplex, contextOf(call, clock)));
    } catch (error) {
      call.emit('error', toStatus(error));
    }
  };

type AnyCall = Pick<ServerDuplexStream<unknown, unknown>, 'getPeer' | 'getDeadline'> & {
  on(event: 'cancelled', handler: () => void): unknown;
};

const contextOf = (call: AnyCall, clock: Clock): CallContext => {
  const controller = new AbortController();
  const peer = call.getPeer();
  // What waits under the signal rejects with its reason: an operating error, never one of ours.
  const gone = (): OttlaError =>
    new OttlaError('ABORTED', `${peer} gave the call up, or its deadline has passed`);
  call.on('cancelled', () => controller.abort(gone()));
  // By the clock of this machine: what came over the wire is how long the caller waits.
  const patienceMs = Math.max(0, Number(call.getDeadline()) - clock.wallMs());
  return { peer, signal: controller.signal, patienceMs };
};
