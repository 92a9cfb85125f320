import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { madeOnce } from '../../../test/compat/support/install/installed.ts';
import { COPY_JARS, checkJavaTools } from '../../../test/compat/support/install/java.ts';
import { mustRun } from '../../../test/compat/support/run.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PROGRAMS = fileURLToPath(new URL('../../java', import.meta.url));

/** Kafka's jars and our programs beside them, all on one class path. */
export interface KafkaJars {
  readonly classPath: string;
  /** Of Kafka and of the Java that runs it. */
  readonly versions: { readonly kafka: string; readonly java: string };
}

/** What can be run of Kafka, or one line that says why nothing can. */
export type Installed = KafkaJars | { readonly missing: string };

/** Installs the broker, its tools and the programs of `bench/java` once for each content. */
export const installKafka = async (): Promise<Installed> => {
  try {
    await checkJavaTools();
  } catch (error) {
    return { missing: (error as Error).message };
  }
  const pom = join(HERE, 'pom.xml');
  const programs = readdirSync(PROGRAMS).map((name) => join(PROGRAMS, name));
  const made = await madeOnce('bench-kafka', [pom, ...programs], async (folder) => {
    const jars = join(folder, 'lib');
    const flags = ['-q', '-B', '-f', pom, '-DincludeScope=runtime', `-DoutputDirectory=${jars}`];
    await mustRun(['mvn', ...flags, COPY_JARS]);
    await mustRun(['javac', '-d', join(folder, 'classes'), '-cp', join(jars, '*'), ...programs]);
  });
  const lib = join(made, 'lib');
  const versions = { kafka: versionOf(readdirSync(lib)), java: await javaVersion() };
  return { classPath: `${join(made, 'classes')}:${join(lib, '*')}`, versions };
};

const versionOf = (names: readonly string[]): string =>
  names.flatMap((name) => /^kafka-tools-(\d.*)\.jar$/.exec(name)?.[1] ?? []).join();

const javaVersion = async (): Promise<string> =>
  (await mustRun(['java', '--version'])).split('\n')[0] ?? '';
