/** Imported by an example: ends it with one line where there is no cluster for it. */
import { connect } from 'ottla';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
/** One that is about to start is waited for. */
const WAIT_MS = 3000;

try {
  await using client = connect({ bootstrap, requestTimeoutMs: WAIT_MS });
  await client.admin().describeCluster();
} catch (error) {
  const remedy = 'start one with: npx ottla dev --ephemeral (or name another in OTTLA_BOOTSTRAP)';
  const isThere = (error as { readonly code?: string }).code !== 'NETWORK_EXCEPTION';
  const why = isThere ? `: ${(error as Error).message}` : '';
  console.error(`no cluster answers at ${bootstrap}${why}; ${remedy}`);
  process.exit(1);
}
