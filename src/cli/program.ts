import { createRequire } from 'node:module';
import { Command, Option } from 'commander';
import { writeError } from '../platform/process.ts';
import { addBrokerVerbs } from './broker-verbs.ts';
import { addClusterVerbs } from './cluster-verbs.ts';
import { addDelayedVerbs } from './delayed-verbs.ts';
import { addDlqVerbs } from './dlq-verbs.ts';
import { addGroupVerbs } from './group-verbs.ts';
import {
  bootstrapOption,
  brokerNumbers,
  collected,
  collectedNumbers,
  collectedPairs,
  collectedSettings,
  jsonOption,
  names,
  wholeNumber,
} from './options.ts';

const DELIVERY_TIMEOUT_MS = 30_000;

/** Verbs by their first words, in the order of the help. */
const FAMILIES: readonly { readonly words: readonly string[]; readonly add: AddVerbs }[] = [
  { words: ['format', 'restore-vote', 'start', 'dev'], add: (program) => addNodeVerbs(program) },
  { words: ['topic'], add: (program) => addTopicVerbs(program) },
  { words: ['produce', 'consume'], add: (program) => addRecordVerbs(program) },
  { words: ['group'], add: addGroupVerbs },
  { words: ['dlq'], add: addDlqVerbs },
  { words: ['delayed'], add: addDelayedVerbs },
  { words: ['broker'], add: addBrokerVerbs },
  { words: ['cluster'], add: addClusterVerbs },
  { words: ['log'], add: (program) => addInspectionVerbs(program) },
];

type AddVerbs = (program: Command) => void;

/**
 * The command line: of the family of verbs whose first word is given, or else whole. A node starts
 * by it, and each verb takes time to describe. Its code is loaded when it runs, so that
 * `ottla --version` and a wrong option cost nothing.
 */
export const buildProgram = (firstWord = ''): Command => {
  const program = configured(new Command('ottla'))
    .description('A Kafka-class log cluster: durable by default, started in milliseconds.')
    .version(packageVersion(), '-V, --version')
    .showSuggestionAfterError();
  const named = FAMILIES.filter(({ words }) => words.includes(firstWord));
  for (const { add } of named.length > 0 ? named : FAMILIES) add(program);
  return program;
};

const packageVersion = (): string => {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return version;
};

/** Subcommands inherit this: errors are thrown, and said in one line. */
const configured = (command: Command): Command =>
  command.exitOverride().configureOutput({
    outputError: (text) => {
      writeError(
        `ottla: ${text
          .replace(/^error: /, '')
          .trim()
          .replace(/\s*\n\s*/g, ' ')}`,
      );
    },
  });

const overridesOption = (): Option =>
  new Option(
    '-X <key=value>',
    'set one configuration key; wins over file and environment; repeatable',
  ).argParser(collectedSettings);

const addNodeVerbs = (program: Command): void => {
  program
    .command('format')
    .description('give an empty data directory its identity; once, before the first start')
    .requiredOption('-c, --config <file>', 'server.properties of the node')
    .addOption(overridesOption())
    .addOption(
      new Option(
        '--cluster-id <id>',
        'one id for all nodes of the cluster; random if left out',
      ).env('CLUSTER_ID'),
    )
    .option('--ignore-formatted', 'succeed when this node has the directory already')
    .option('--rejoin', 'the old directory is lost: the node comes back without its vote')
    .addOption(jsonOption('print the identity as JSON'))
    .action(async (options) => (await import('./format.ts')).runFormat(options));
  program
    .command('restore-vote')
    .description('let a sole voter vote again whose vote or metadata log was found damaged')
    .requiredOption('-c, --config <file>', 'server.properties of the node, which must not run')
    .addOption(overridesOption())
    .option('--accept-loss', 'go on without what may be lost; left out: say what that is')
    .addOption(jsonOption('print the outcome as JSON'))
    .action(async (options) => (await import('./restore-vote.ts')).runRestoreVote(options));
  program
    .command('start')
    .description('run one node in the foreground')
    .requiredOption('-c, --config <file>', 'server.properties of the node')
    .addOption(overridesOption())
    .option('--stop-on-stdin-end', 'stop as well when standard input ends: not to outlive a parent')
    .action(async (options) => (await import('./start.ts')).runStart(options));
  program
    .command('dev')
    .description('run a cluster for development in the foreground, formatted by itself')
    .option('--ephemeral', 'keep the data in a temporary directory, removed at the end')
    .addOption(
      new Option('--nodes <count>', 'nodes in this process').choices(['1', '3']).default('1'),
    )
    .addOption(overridesOption())
    .action(async (options) => (await import('./dev.ts')).runDev(options));
};

const addTopicVerbs = (program: Command): void => {
  const topic = program.command('topic').description('create, show, change and delete topics');
  topic
    .command('create <name>')
    .description('create a topic')
    .option('-p, --partitions <count>', "by default the cluster's num.partitions", wholeNumber(1))
    .option(
      '-r, --replication-factor <count>',
      "by default the cluster's default.replication.factor",
      wholeNumber(1),
    )
    .option('--config <key=value>', 'a setting of the topic; repeatable', collectedPairs)
    .option('--if-not-exists', 'succeed when the topic exists already')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./topic-create.ts')).run(name, options));
  topic
    .command('list')
    .description('list the topics')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./topic-list.ts')).run(options));
  topic
    .command('describe <name>')
    .description('show the partitions and settings of a topic')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./topic-describe.ts')).run(name, options));
  topic
    .command('alter <name>')
    .description('add partitions, set or reset settings')
    .option('-p, --partitions <count>', 'partitions it shall have in all', wholeNumber(1))
    .option('--config <key=value>', 'set a setting; repeatable', collectedPairs)
    .option('--delete-config <key>', 'back to the default; repeatable', collected)
    .addOption(bootstrapOption())
    .action(async (name, options) => (await import('./topic-alter.ts')).run(name, options));
  addGrowthVerb(topic);
  topic
    .command('delete-records <name>')
    .description('delete the oldest records of partitions, for all readers')
    .option('-p, --partition <number>', 'by default every one; repeatable', collectedNumbers)
    .option('--before <offset>', 'keep this offset and later ones', wholeNumber(0))
    .option('--all', 'delete all that is committed')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (name, options) =>
      (await import('./topic-delete-records.ts')).run(name, options),
    );
  topic
    .command('delete <names...>')
    .description('delete topics with all their records')
    .option('--if-exists', 'succeed when a topic does not exist')
    .addOption(bootstrapOption())
    .action(async (names, options) => (await import('./topic-delete.ts')).run(names, options));
  addReassignVerb(topic);
  addRecoverVerb(topic);
};

const addRecoverVerb = (topic: Command): void => {
  topic
    .command('recover <name>')
    .description('say what would be lost if partitions without a leader got one; --apply does it')
    .option('-p, --partition <number>', 'by default all without a leader', wholeNumber(0))
    .option('--apply', 'make --leader lead: what only other replicas have is lost')
    .option('--leader <broker>', 'the replica that shall lead, and no other', wholeNumber(1))
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./topic-recover.ts')).run(name, options));
};

const addReassignVerb = (topic: Command): void => {
  topic
    .command('reassign <name>')
    .description('move partitions to other brokers, while they are written and read')
    .option('--to <brokers>', 'who shall have them, as 4,5,6: each leads in turn', brokerNumbers)
    .option('-p, --partition <number>', 'by default every one; repeatable', collectedNumbers)
    .option('-r, --replication-factor <count>', 'by default as now', wholeNumber(1))
    .option('--dry-run', 'print what would move, and change nothing')
    .option('--status', 'show what is being moved')
    .option('--cancel', 'end the moves and keep the replicas from before')
    .option('--wait', 'return when nothing of it is being moved any more')
    .addOption(bootstrapOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./topic-reassign.ts')).run(name, options));
};

const addGrowthVerb = (topic: Command): void => {
  topic
    .command('add-partitions <name>')
    .description('add partitions; with --dry-run tell how many keys would move')
    .requiredOption('-p, --partitions <count>', 'it shall have in all', wholeNumber(1))
    .option('--dry-run', 'only tell what share of keys would go to another partition')
    .option('--sample <count>', 'newest records that --dry-run reads', wholeNumber(1), 10_000)
    .option('--fence', 'give --groups the new ones only when all before is consumed')
    .option('--groups <names>', 'groups that keep the order per key, separated by commas', names)
    .option('--settle <seconds>', 'how long producers may go on as before', wholeNumber(0), 420)
    .addOption(bootstrapOption())
    .addOption(jsonOption('print JSON in place of text'))
    .action(async (name, options) =>
      (await import('./topic-add-partitions.ts')).run(name, options),
    );
  topic
    .command('unfence <name>')
    .description('give groups the partitions that were added behind a fence at once')
    .option('--groups <names>', 'these, separated by commas; by default all', names)
    .addOption(bootstrapOption())
    .action(async (name, options) => (await import('./topic-unfence.ts')).run(name, options));
};

const addRecordVerbs = (program: Command): void => {
  program
    .command('produce <topic>')
    .description('send one record a line, ended by LF; longer lines than a record go in chunks')
    .option('-f, --file <file>', 'read this file; by default standard input')
    .addOption(
      new Option('-a, --acks <acks>', 'who must have a record before it counts as sent')
        .choices(['0', '1', 'all'])
        .default('all'),
    )
    .option('-k, --key-separator <text>', 'what stands before it in a line becomes the key')
    .addOption(
      new Option('-z, --compression <codec>', 'how batches are compressed')
        .choices(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
        .default('none'),
    )
    .option(
      '--timeout-ms <ms>',
      'how long a record may take until it is acknowledged',
      wholeNumber(1),
      DELIVERY_TIMEOUT_MS,
    )
    .option('--no-create', 'fail where there is no such topic, instead of making it')
    .addOption(bootstrapOption())
    .addOption(jsonOption('print what was sent as JSON'))
    .action(async (topic, options) => (await import('./produce.ts')).run(topic, options));
  program
    .command('consume <topic>')
    .description('print the value of each record and an LF')
    .option(
      '-g, --group <name>',
      'join this group; by default, without --from-beginning, `default`',
    )
    .option('--from-beginning', 'begin at the first record, and without --group read by oneself')
    .option('--exit-at-end', 'stop at the ends that the partitions had at the start')
    .option('--partition <number>', 'only this partition, by oneself; repeatable', collectedNumbers)
    .option('-n, --max-messages <count>', 'stop after so many records', wholeNumber(1))
    .addOption(bootstrapOption())
    .addOption(jsonOption('print each record as a line of JSON'))
    .action(async (topic, options) => (await import('./consume.ts')).run(topic, options));
};

const addInspectionVerbs = (program: Command): void => {
  program
    .command('log')
    .description('look into log files')
    .command('dump <path>')
    .description('print the batches of a segment file, or of a partition directory')
    .option('--records', 'print the records as well')
    .addOption(jsonOption('print each batch as a line of JSON'))
    .action(async (path, options) => (await import('./log-dump.ts')).run(path, options));
};
