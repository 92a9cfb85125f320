import type { Server } from '@grpc/grpc-js';
import type { Handler } from '../env/transport.ts';
import { descriptor } from '../gen/descriptor.ts';

/**
 * Adds `grpc.health.v1.Health` and server reflection, so that grpcurl and its like work. Loading
 * them costs some 100 ms, which a starting broker does not wait for: they join the running server.
 */
export const addDiscovery = (server: Server, handlers: readonly Handler[]): void => {
  const timer = setTimeout(() => {
    load(server, handlers).catch(() => {
      // A server that is being shut down takes no more services; nobody is left to ask.
    });
  }, DISCOVERY_DELAY_MS);
  timer.unref();
};

/** Late enough to stay out of the way of the start. */
const DISCOVERY_DELAY_MS = 1_000;

const load = async (server: Server, handlers: readonly Handler[]): Promise<void> => {
  const [{ HealthImplementation }, { ReflectionService }, { fromJSON }] = await Promise.all([
    import('grpc-health-check'),
    import('@grpc/reflection'),
    import('@grpc/proto-loader'),
  ]);
  const services = [...new Set(handlers.map((handler) => handler.method.service))];
  const statuses = Object.fromEntries([...services, ''].map((name) => [name, 'SERVING' as const]));
  new HealthImplementation(statuses).addToServer(server);
  const packageDefinition = fromJSON(descriptor);
  new ReflectionService(packageDefinition, { services }).addToServer(server);
};
