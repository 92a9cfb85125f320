import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun, run } from './run.ts';

/** Somebody else's client, as a program that speaks our lines of JSON. */
export interface CompatClient {
  readonly name: string;
  readonly codecs: readonly string[];
  /** A retry of its producer adds no copy. */
  readonly isIdempotent: boolean;
  /** The program and its first words; `undefined` where it is no producer, or no consumer. */
  readonly producer: readonly string[] | undefined;
  readonly consumer: readonly string[] | undefined;
}

/** A client that is not run here, and why. */
export interface MissingClient {
  readonly name: string;
  readonly reason: string;
}

const HERE = fileURLToPath(new URL('..', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../.data/compat', import.meta.url));
const PYTHON_MINOR = '3.11';

/** Installs what its registries give, each by its own lock file, and tells what is not to be had. */
export const prepareClients = async (): Promise<{
  readonly clients: readonly CompatClient[];
  readonly missing: readonly MissingClient[];
}> => {
  const found = await Promise.all([kafkajs(), ...python()]);
  return {
    clients: found.flatMap((it) => ('codecs' in it ? [it] : [])),
    missing: found.flatMap((it) => ('reason' in it ? [it] : [])),
  };
};

const kafkajs = async (): Promise<CompatClient | MissingClient> => {
  const name = 'kafkajs 2.2.4 (Node)';
  const folder = join(HERE, 'node-kafkajs');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  const installed = await run(['npm', 'ci', ...flags]);
  if (installed.status !== 0) return { name, reason: lastLine(installed.stderr) };
  const program = [process.execPath, '--no-deprecation', join(folder, 'client.mjs')];
  const codecs = ['none', 'gzip'];
  return { name, codecs, isIdempotent: true, producer: program, consumer: undefined };
};

interface PythonTraits {
  readonly script: string;
  readonly codecs: readonly string[];
  readonly isIdempotent: boolean;
}

const python = (): Promise<CompatClient | MissingClient>[] => {
  const venv = pythonVenv();
  const client = async (name: string, traits: PythonTraits) => {
    const { script, codecs, isIdempotent } = traits;
    try {
      const program = [join(await venv, 'bin', 'python'), join(HERE, 'python', script)];
      return { name, codecs, isIdempotent, producer: program, consumer: program };
    } catch (error) {
      return { name, reason: error instanceof Error ? error.message : String(error) };
    }
  };
  const withoutZstd = ['none', 'gzip', 'snappy', 'lz4'];
  return [
    client('confluent-kafka 2.16.1 (Python, librdkafka)', {
      script: 'confluent_client.py',
      codecs: [...withoutZstd, 'zstd'],
      isIdempotent: true,
    }),
    client('kafka-python 2.0.2 (Python)', {
      script: 'kafka_python_client.py',
      codecs: withoutZstd,
      isIdempotent: false,
    }),
  ];
};

/** Made once for each lock file; wheels only, so that nothing of a package runs while it installs. */
const pythonVenv = async (): Promise<string> => {
  const lock = join(HERE, 'python', 'requirements.txt');
  const version = await run(['python3', '--version']);
  if (version.status !== 0) throw new Error(`python3 is not installed: ${PYTHON_MINOR} is needed`);
  if (!version.stdout.includes(`${PYTHON_MINOR}.`)) {
    throw new Error(
      `${version.stdout.trim()} is here, ${PYTHON_MINOR} is what the lock file is for`,
    );
  }
  const digest = createHash('sha256').update(readFileSync(lock)).digest('hex').slice(0, 12);
  const venv = join(CACHE, `python-${digest}`);
  const done = join(venv, 'installed');
  if (existsSync(done)) return venv;
  mkdirSync(CACHE, { recursive: true });
  await mustRun(['python3', '-m', 'venv', '--clear', venv]);
  const pip = [join(venv, 'bin', 'pip'), 'install', '--quiet', '--disable-pip-version-check'];
  await mustRun([...pip, '--only-binary', ':all:', '--require-hashes', '--requirement', lock]);
  mkdirSync(done);
  return venv;
};

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
