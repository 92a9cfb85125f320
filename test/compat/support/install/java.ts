import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { mustRun, run } from '../run.ts';
import { HERE, madeOnce, sha256Of } from './installed.ts';

const JAVA_MAJOR = 17;
/** Maven's goal that copies what a `pom.xml` depends on. */
export const COPY_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
/** It starts in half the time, and a short program never needs the optimizing compiler. */
const FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];

/** Beside a `pom.xml`: the hash and name of every jar that comes with it, as sha256sum writes them. */
const LOCK = 'jars.sha256';

/**
 * `java` with the jars of a version's `pom.xml`, which are those of its lock file, and our program
 * compiled against them.
 */
export const javaFor = async (version: string): Promise<readonly string[]> => {
  await checkJavaTools();
  const folder = join(HERE, 'java');
  const pom = join(folder, version, 'pom.xml');
  const lock = join(folder, version, LOCK);
  const sources = readdirSync(folder).filter((name) => name.endsWith('.java'));
  const paths = sources.map((name) => join(folder, name));
  const made = await madeOnce(`java-${version}`, [pom, lock, ...paths], async (target) => {
    const jars = join(target, 'lib');
    const flags = ['-q', '-B', '-f', pom, '-DincludeScope=runtime', `-DoutputDirectory=${jars}`];
    await mustRun(['mvn', ...flags, COPY_JARS]);
    checkJars(jars, lock);
    const classes = join(target, 'classes');
    await mustRun(['javac', '-d', classes, '-cp', join(jars, '*'), ...paths]);
  });
  return ['java', ...FLAGS, '-cp', `${join(made, 'classes')}:${join(made, 'lib', '*')}`];
};

/** Throws where a jar is another one, or is not in the lock file, or is missing from the folder. */
const checkJars = (jars: string, lock: string): void => {
  const found = readdirSync(jars).map((name) => `${sha256Of([join(jars, name)])}  ${name}`);
  const locked = readFileSync(lock, 'utf8').trim().split('\n');
  const differing = [
    ...found.filter((line) => !locked.includes(line)).map((line) => `found ${line}`),
    ...locked.filter((line) => !found.includes(line)).map((line) => `missing ${line}`),
  ];
  if (differing.length === 0) return;
  throw new Error(
    `jars are not those of ${relative(HERE, lock)}: ${differing.join(', ')}; if that is wanted, ` +
      `write 'sha256sum *' of ${jars} there`,
  );
};

/** Throws with what is missing, in one line. */
export const checkJavaTools = async (): Promise<void> => {
  const found = await run(['javac', '-version']);
  if (found.status !== 0) throw new Error(`javac is not installed: JDK ${JAVA_MAJOR} is needed`);
  const major = Number(/javac (\d+)/.exec(found.stdout)?.[1]);
  if (major < JAVA_MAJOR) throw new Error(`JDK ${major} is here, ${JAVA_MAJOR} is needed`);
  if ((await run(['mvn', '--version'])).status !== 0) throw new Error('Maven is not installed');
};
