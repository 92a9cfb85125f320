import { createRequire } from 'node:module';
import type {
  MethodDefinition,
  Server,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { must } from '../base/assert.ts';
import type { Handler } from '../env/transport.ts';
import { descriptor } from '../gen/descriptor.ts';

/**
 * Adds `grpc.health.v1.Health` and server reflection, so that grpcurl and its like work. What
 * serves them is loaded by the first call of one: that takes the event loop for 100 ms and more,
 * in which a broker would neither acknowledge nor fetch.
 */
export const addDiscovery = (server: Server, handlers: readonly Handler[]): void => {
  let loaded: LoadedMethods | undefined;
  const method = (path: string): LoadedMethod => {
    loaded ??= load(handlers);
    return must(loaded.get(path), 'what is announced is loaded');
  };
  for (const [service, methods] of Object.entries(SERVICES)) {
    const definition: Record<string, MethodDefinition<unknown, unknown>> = {};
    const implementation: UntypedServiceImplementation = {};
    for (const [name, streams] of Object.entries(methods)) {
      const path = `/${service}/${name}`;
      definition[name] = lateDefinition(path, streams, method);
      // The shapes of calls are as many as the kinds of methods; all are handed on as they are.
      implementation[name] = ((...call: unknown[]) =>
        Reflect.apply(method(path).handle, undefined, call)) as UntypedHandleCall;
    }
    server.addService(definition, implementation);
  }
};

interface Streams {
  readonly request: boolean;
  readonly response: boolean;
}

const UNARY: Streams = { request: false, response: false };
const BIDI: Streams = { request: true, response: true };
const SERVICES: Readonly<Record<string, Readonly<Record<string, Streams>>>> = {
  'grpc.health.v1.Health': { Check: UNARY, List: UNARY, Watch: { ...UNARY, response: true } },
  'grpc.reflection.v1.ServerReflection': { ServerReflectionInfo: BIDI },
  'grpc.reflection.v1alpha.ServerReflection': { ServerReflectionInfo: BIDI },
};

interface LoadedMethod {
  readonly definition: MethodDefinition<unknown, unknown>;
  readonly handle: UntypedHandleCall;
}

type LoadedMethods = Map<string, LoadedMethod>;

const lateDefinition = (
  path: string,
  { request, response }: Streams,
  method: (path: string) => LoadedMethod,
): MethodDefinition<unknown, unknown> => ({
  path,
  requestStream: request,
  responseStream: response,
  requestSerialize: (value) => method(path).definition.requestSerialize(value),
  requestDeserialize: (bytes) => method(path).definition.requestDeserialize(bytes),
  responseSerialize: (value) => method(path).definition.responseSerialize(value),
  responseDeserialize: (bytes) => method(path).definition.responseDeserialize(bytes),
});

/** At once, because a call that has come wants its answer; the libraries take a real server. */
const load = (handlers: readonly Handler[]): LoadedMethods => {
  const require = createRequire(import.meta.url);
  const health = require('grpc-health-check') as typeof import('grpc-health-check');
  const reflection = require('@grpc/reflection') as typeof import('@grpc/reflection');
  const { fromJSON } = require('@grpc/proto-loader') as typeof import('@grpc/proto-loader');
  const methods: LoadedMethods = new Map();
  const collector = {
    addService: (service: ServiceDefinition, implementation: UntypedServiceImplementation) => {
      for (const [name, definition] of Object.entries(service)) {
        const handle = implementation[name] ?? implementation[definition.originalName ?? name];
        methods.set(definition.path, { definition, handle: must(handle, `${name} is served`) });
      }
    },
  };
  const services = [...new Set(handlers.map((handler) => handler.method.service))];
  const statuses = Object.fromEntries([...services, ''].map((name) => [name, 'SERVING' as const]));
  new health.HealthImplementation(statuses).addToServer(collector);
  // Every entry carries the descriptors of all files, and each would be decoded again.
  const any = must(
    Object.values(fromJSON(descriptor())).find((entry) => 'fileDescriptorProtos' in entry),
    'messages are described',
  );
  const files = new reflection.ReflectionService({ any }, { services });
  files.addToServer(collector as unknown as Server);
  return methods;
};
