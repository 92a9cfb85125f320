import { randomBytes } from 'node:crypto';
import { bundleInFile, bundleOfCheckout } from './remote/bundle.ts';
import { Deployment } from './remote/deployment.ts';
import type { DeployRequest } from './remote/request.ts';
import { parseRequest, RequestError, USAGE } from './remote/request.ts';

/**
 * Installs and starts one node a host, by ssh; `make deploy` is its usual caller. It looks at all
 * hosts first and does what is missing, so that it can be run again at any time.
 */

const STATUS_USAGE = 2;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const newClusterId = (): string => {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
};

const deploy = async (request: DeployRequest): Promise<void> => {
  const { bundle: file } = request;
  const bundle = file === undefined ? await bundleOfCheckout() : await bundleInFile(file);
  const deployment = new Deployment({ request, bundle, newClusterId: newClusterId(), say });
  const plans = await deployment.plan();
  if (request.isDryRun) deployment.describe(plans);
  else await deployment.perform(plans);
};

const main = async (): Promise<void> => {
  try {
    await deploy(parseRequest(process.argv.slice(2)));
  } catch (error) {
    const isUsage = error instanceof RequestError;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (isUsage) process.stderr.write(`${USAGE}\n`);
    if (process.env['OTTLA_DEBUG'] === '1' && error instanceof Error) {
      process.stderr.write(`${error.stack}\n`);
    }
    process.exitCode = isUsage ? STATUS_USAGE : 1;
  }
};

await main();
