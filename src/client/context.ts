import type { BrokerCalls } from './cluster/broker-calls.ts';
import type { MetadataCache } from './cluster/metadata-cache.ts';
import type { ClientEnv } from './env.ts';

/** What the parts of one client share. */
export interface ClientContext extends ClientEnv {
  readonly metadata: MetadataCache;
  readonly calls: BrokerCalls;
  readonly clientId: string;
  readonly requestTimeoutMs: number;
}
