import { join } from 'node:path';
import { goProgram } from './install/go.ts';
import { HERE } from './install/installed.ts';
import { javaFor } from './install/java.ts';
import { findKcat } from './install/kcat.ts';
import { installPackages, packagedNode } from './install/node.ts';
import { pythonFor } from './install/python.ts';

/**
 * Somebody else's client, as a program that speaks our lines of JSON:
 * `produce BOOTSTRAP TOPIC CODEC`, `consume BOOTSTRAP TOPIC [FROM_MS]`, `admin BOOTSTRAP TOPIC`.
 */
export interface CompatClient {
  readonly name: string;
  /** What it compresses with. */
  readonly codecs: readonly string[];
  /** What it reads of all the others; its codecs where nothing is said. */
  readonly readCodecs?: readonly string[];
  /** A retry of its producer adds no copy. */
  readonly isIdempotent: boolean;
  /** The program and its first words; `undefined` where it is no producer, or no consumer. */
  readonly producer: readonly string[] | undefined;
  readonly consumer: readonly string[] | undefined;
  /** Its `produce` that sends what it is given as it comes, where that is a program of its own. */
  readonly streamer?: readonly string[];
  /** Its `transact BOOTSTRAP TOPIC`: what it is told where it wants transactions. */
  readonly transactor?: readonly string[];
  /** Its `admin`, where it has one of the common form. */
  readonly admin?: readonly string[];
  /** Its `group BOOTSTRAP TOPIC GROUP`, which is a member until its input ends. */
  readonly member?: readonly string[];
  /** Its `group` takes an assignor behind the group, and then a `group.instance.id`. */
  readonly memberTakesInstance?: boolean;
  /** It knows no static members. */
  readonly isWithoutInstances?: boolean;
  /** Its `follow BOOTSTRAP TOPIC PARTITIONS`, which reads by assignment until its input ends. */
  readonly follower?: readonly string[];
  /** That takes a partition and an offset too, to read nothing but what is there from then on. */
  readonly followsFromOffset?: boolean;
  /** It has no reader that takes partitions by assignment and finds their leaders. */
  readonly readsInGroupsOnly?: boolean;
  /** It goes on from a commit only after it has asked where the commit's epoch ended (KIP-320). */
  readonly asksForEpochs?: boolean;
  /** It names in a fetch only what has changed (KIP-227). */
  readonly hasFetchSessions?: boolean;
  /** Its consumer cannot be told to read only what is committed. */
  readonly isWithoutIsolation?: boolean;
  /** Its `consume` takes a time to begin from. */
  readonly seeksByTime?: boolean;
  /** Its producer cannot choose a record's timestamp. */
  readonly isWithoutTimestamps?: boolean;
  /** Its consumer shows what is empty as null. */
  readonly showsEmptyAsNull?: boolean;
}

/** A client that is not run here, and why. */
export interface MissingClient {
  readonly name: string;
  readonly reason: string;
  /** No machine can run it: that is told, and is no failure. */
  readonly isExpected?: boolean;
}

type Traits = Omit<CompatClient, 'name' | 'producer' | 'consumer'>;

const WITHOUT_ZSTD = ['none', 'gzip', 'snappy', 'lz4'];
const ALL_CODECS = [...WITHOUT_ZSTD, 'zstd'];

/** Installs what its registries give, each by its own lock file, and tells what is not to be had. */
export const prepareClients = async (): Promise<{
  readonly clients: readonly CompatClient[];
  readonly missing: readonly MissingClient[];
}> => {
  const found = await Promise.all([
    ...node(),
    ...python(),
    ...java(),
    ...go(),
    client('kcat 1.7.1 (C, librdkafka 2.0.2)', kcat, {
      codecs: ALL_CODECS,
      isIdempotent: true,
      member: [process.execPath, join(HERE, 'kcat', 'group.mjs')],
      streamer: [process.execPath, join(HERE, 'kcat', 'stream.mjs')],
      follower: [process.execPath, join(HERE, 'kcat', 'follow.mjs')],
      seeksByTime: true,
      isWithoutTimestamps: true,
    }),
  ]);
  return {
    clients: found.flatMap((it) => ('codecs' in it ? [it] : [])),
    missing: found.flatMap((it) => ('reason' in it ? [it] : [])),
  };
};

/** A client whose one program has all verbs, or the reason why it cannot be had. */
const client = async (
  name: string,
  program: () => Promise<readonly string[]>,
  traits: Traits,
): Promise<CompatClient | MissingClient> => {
  try {
    const words = await program();
    return { name, producer: words, consumer: words, ...traits };
  } catch (error) {
    return { name, reason: error instanceof Error ? error.message : String(error) };
  }
};

/** All verbs in their common form. */
const whole = async (
  name: string,
  program: () => Promise<readonly string[]>,
  traits: Traits,
): Promise<CompatClient | MissingClient> => {
  const found = await client(name, program, { seeksByTime: true, ...traits });
  return 'reason' in found || found.consumer === undefined
    ? found
    : { ...found, admin: found.consumer, member: [...found.consumer, 'group'] };
};

/** With `admin` in its common form. */
const withAdmin = (found: CompatClient | MissingClient): CompatClient | MissingClient =>
  'reason' in found || found.consumer === undefined ? found : { ...found, admin: found.consumer };

/** With `group` as a program of its own, which the program of the other verbs runs. */
const withMember =
  (script: string) =>
  (found: CompatClient | MissingClient): CompatClient | MissingClient => {
    if ('reason' in found || found.consumer === undefined) return found;
    const [program = ''] = found.consumer;
    return { ...found, member: [program, join(HERE, script)] };
  };

const withTransactor = (found: CompatClient | MissingClient): CompatClient | MissingClient =>
  'reason' in found || found.producer === undefined
    ? found
    : { ...found, transactor: found.producer };

/** With `follow` among the verbs of its consumer. */
const withFollower = (found: CompatClient | MissingClient): CompatClient | MissingClient =>
  'reason' in found || found.consumer === undefined
    ? found
    : { ...found, follower: [...found.consumer, 'follow'] };

const kcat = async (): Promise<readonly string[]> => {
  await findKcat();
  return [process.execPath, join(HERE, 'kcat', 'client.mjs')];
};

const crab = async (): Promise<CompatClient | MissingClient> => {
  const folder = join(HERE, 'kafka-crab');
  const program = async () => {
    await installPackages(folder);
    return [packagedNode(folder), join(folder, 'group.mjs')];
  };
  const name = 'kafka-crab-js 5.0.0 (Node 24, librdkafka)';
  const found = await client(name, program, { codecs: [], isIdempotent: false });
  if ('reason' in found) return found;
  const [runtime = '', member = ''] = found.consumer ?? [];
  return {
    ...found,
    // It chooses no partition or timestamp of what it sends, and shows no timestamp.
    producer: undefined,
    consumer: undefined,
    member: [runtime, member],
    follower: [runtime, join(HERE, 'kafka-crab', 'follow.mjs')],
    followsFromOffset: true,
  };
};

const node = (): Promise<CompatClient | MissingClient>[] => {
  const platformatic = async (version: string, runtime?: string) => {
    const folder = join(HERE, 'platformatic');
    await installPackages(join(folder, version));
    return [runtime ?? process.execPath, join(folder, 'client.mjs'), version];
  };
  const kafkajs = async (): Promise<CompatClient | MissingClient> => {
    const folder = join(HERE, 'kafkajs');
    const program = async () => {
      await installPackages(folder);
      return [process.execPath, '--no-deprecation', join(folder, 'client.mjs')];
    };
    const traits = {
      codecs: ALL_CODECS,
      isIdempotent: true,
      seeksByTime: true,
      readsInGroupsOnly: true,
      isWithoutInstances: true,
    };
    const found = await client('kafkajs 2.2.4 (Node)', program, traits);
    return withMember('kafkajs/group.mjs')(withAdmin(found));
  };
  const ownNode = packagedNode(join(HERE, 'platformatic', 'v2'));
  return [
    whole('@platformatic/kafka 1.35.0 (Node 20)', () => platformatic('v1'), {
      codecs: WITHOUT_ZSTD,
      // It does not know the frames in which Java and others put snappy.
      readCodecs: ['none', 'gzip', 'lz4'],
      isIdempotent: true,
      readsInGroupsOnly: true,
    }),
    whole('@platformatic/kafka 2.12.1 (Node 24)', () => platformatic('v2', ownNode), {
      codecs: ALL_CODECS,
      isIdempotent: true,
      readsInGroupsOnly: true,
    }),
    kafkajs(),
    crab(),
    Promise.resolve({
      name: '@confluentinc/kafka-javascript 1.10.1 (Node, librdkafka)',
      reason: 'its binary is downloaded by an install script from outside of the registry',
      isExpected: true,
    }),
  ];
};

const python = (): Promise<CompatClient | MissingClient>[] => {
  const program = (name: string) => async () => [
    await pythonFor(name),
    join(HERE, name, 'client.py'),
  ];
  return [
    client('confluent-kafka 2.16.1 (Python, librdkafka)', program('confluent-kafka'), {
      codecs: ALL_CODECS,
      isIdempotent: true,
      memberTakesInstance: true,
      seeksByTime: true,
    })
      .then(withTransactor)
      .then(withFollower)
      .then(withMember('confluent-kafka/group.py')),
    client('kafka-python 2.0.2 (Python)', program('kafka-python'), {
      codecs: WITHOUT_ZSTD,
      isIdempotent: false,
      seeksByTime: true,
      isWithoutIsolation: true,
      isWithoutInstances: true,
    })
      .then(withAdmin)
      .then(withFollower)
      .then(withMember('kafka-python/group.py')),
    whole('aiokafka 0.14.0 (Python)', program('aiokafka'), {
      codecs: ALL_CODECS,
      isIdempotent: true,
    }).then(withFollower),
  ];
};

const java = (): Promise<CompatClient | MissingClient>[] => {
  const traits = {
    codecs: ALL_CODECS,
    isIdempotent: true,
    hasFetchSessions: true,
    asksForEpochs: true,
    memberTakesInstance: true,
  };
  const program = (version: string) => async () => [...(await javaFor(version)), 'Client'];
  return [
    whole('kafka-clients 3.9.2 (Java)', program('v3'), traits)
      .then(withTransactor)
      .then(withFollower),
    whole('kafka-clients 4.4.0 (Java)', program('v4'), traits)
      .then(withTransactor)
      .then(withFollower),
  ];
};

const go = (): Promise<CompatClient | MissingClient>[] => {
  const program = (name: string) => async () => [await goProgram(name)];
  return [
    whole('franz-go 1.22.3 (Go)', program('franz-go'), {
      codecs: ALL_CODECS,
      isIdempotent: true,
      hasFetchSessions: true,
      asksForEpochs: true,
      memberTakesInstance: true,
    }).then(withFollower),
    whole('sarama 1.61.1 (Go)', program('sarama'), {
      codecs: ALL_CODECS,
      isIdempotent: true,
    }).then(withFollower),
    whole('segmentio/kafka-go 0.4.51 (Go)', program('kafka-go'), {
      codecs: ALL_CODECS,
      isIdempotent: false,
      showsEmptyAsNull: true,
      isWithoutInstances: true,
    }).then(withFollower),
  ];
};
