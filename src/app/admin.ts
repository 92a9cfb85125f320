import type { Logger } from '../env/logger.ts';
import type { HttpHandler, HttpListening, plain } from '../platform/http-server.ts';
import { listenHttp } from '../platform/http-server.ts';
import type { PromMeter } from '../platform/prom-meter.ts';
import type { NodeHealth } from './node.ts';

interface AdminOptions {
  /** host:port. */
  readonly address: string;
  readonly meter: Pick<PromMeter, 'render' | 'contentType'>;
  readonly health: () => NodeHealth;
  readonly logger: Logger;
}

/**
 * The pages for operators and their tools: `/metrics` for Prometheus, `/healthz` (the process
 * works: restart it when not), `/readyz` (it may be sent traffic).
 */
export const startAdmin = (options: AdminOptions): Promise<HttpListening> => {
  const { address, meter, health, logger } = options;
  const colon = address.lastIndexOf(':');
  const routes = new Map<string, HttpHandler>([
    [
      '/metrics',
      async () => ({ status: 200, contentType: meter.contentType, body: await meter.render() }),
    ],
    ['/healthz', () => page(health(), health().isHealthy)],
    ['/readyz', () => page(health(), health().isReady)],
  ]);
  const port = Number(address.slice(colon + 1));
  return listenHttp({ host: address.slice(0, colon), port, routes, logger });
};

const page = (health: NodeHealth, isGood: boolean): ReturnType<typeof plain> => ({
  status: isGood ? 200 : 503,
  contentType: 'application/json; charset=utf-8',
  body: `${JSON.stringify(health)}\n`,
});
