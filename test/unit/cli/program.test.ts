import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import { describeFailure, exitStatusOf, UsageError } from '../../../src/cli/failure.ts';
import { buildProgram } from '../../../src/cli/program.ts';
import { formatTable } from '../../../src/cli/table.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const parse = async (words: readonly string[]): Promise<{ error: unknown; stderr: string }> => {
  let stderr = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  const error = await buildProgram(words[0])
    .parseAsync([...words], { from: 'user' })
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  return { error, stderr };
};

describe('the command line', () => {
  it.each([[['--version']], [['--help']], [['topic', '--help']], [['produce', '--help']]])(
    'ends with 0 after %j',
    async (words) => {
      const { error } = await parse(words);

      expect(exitStatusOf(error)).toBe(0);
    },
  );

  it.each([
    ['an unknown verb', ['toopic'], /unknown command 'toopic'/],
    ['an unknown option', ['dev', '--nodse', '3'], /unknown option '--nodse'/],
    ['a missing argument', ['produce'], /missing required argument 'topic'/],
    ['a missing option', ['start'], /required option '-c, --config <file>' not specified/],
    ['a wrong number', ['topic', 'create', 't', '-p', 'six'], /Expected a whole number, 1 or more/],
    ['a wrong choice', ['produce', 't', '--acks', '2'], /Allowed choices are 0, 1, all/],
    ['a setting without =', ['dev', '-X', 'log.level'], /Expected key=value/],
    ['a pair without =', ['topic', 'create', 't', '--config', 'x'], /Expected key=value/],
    ['a moment that is none', ['group', 'seek', 'g', '--to-time', 'noon'], /Expected a moment/],
    ['a move that is none', ['group', 'seek', 'g', '--by', 'far'], /Expected a whole number/],
    ['a share above all', ['group', 'degrade', 'g', '--sample', '2'], /Expected a share, 0 to 1/],
    ['a broker by name', ['broker', 'drain', 'b-4'], /Expected a whole number, 1 or more/],
    ['a broker twice', ['topic', 'reassign', 't', '--to', '4,4'], /Expected each broker once/],
    ['too many words', ['topic', 'list', 'x'], /too many arguments/],
  ])('ends with 2 and one line for %s', async (_, words, expected) => {
    const { error, stderr } = await parse(words);

    expect(exitStatusOf(error)).toBe(2);
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('names no default where leaving an option out just means that nothing was given', () => {
    const helpOf = (command: Command): string =>
      [command.helpInformation(), ...command.commands.map(helpOf)].join('\n');

    const help = helpOf(buildProgram());

    expect(help).toContain('-X <key=value>');
    expect(help.match(/\(default: (none|\[\]|"")\)/g)).toBeNull();
  });

  it('describes a verb alone as it does among all of them', () => {
    const helpOf = (program: Command, word: string): string =>
      program.commands.find((it) => it.name() === word)?.helpInformation() ?? '';
    const whole = buildProgram();

    for (const word of whole.commands.map((it) => it.name())) {
      const alone = buildProgram(word);

      expect(helpOf(alone, word)).toBe(helpOf(whole, word));
      expect(alone.commands.length).toBeLessThan(whole.commands.length);
    }
  });

  it('has every verb that is promised', () => {
    const names = (command: Command): string[] =>
      command.commands.flatMap((it) =>
        it.commands.length === 0 ? [it.name()] : names(it).map((sub) => `${it.name()} ${sub}`),
      );

    expect(names(buildProgram())).toEqual([
      'format',
      'restore-vote',
      'start',
      'dev',
      'topic create',
      'topic list',
      'topic describe',
      'topic alter',
      'topic add-partitions',
      'topic unfence',
      'topic delete-records',
      'topic delete',
      'topic reassign',
      'topic recover',
      'produce',
      'consume',
      'group list',
      'group describe',
      'group lag',
      'group doctor',
      'group degrade',
      'group standby',
      'group overflow',
      'group seek',
      'group delete',
      'group delete-offsets',
      'dlq list',
      'dlq show',
      'dlq redrive',
      'delayed list',
      'delayed get',
      'delayed cancel',
      'delayed reschedule',
      'broker list',
      'broker cordon',
      'broker uncordon',
      'broker drain',
      'broker decommission',
      'broker unregister',
      'cluster balance',
      'cluster status',
      'cluster upgrade',
      'cluster add-controller',
      'cluster remove-controller',
      'log dump',
    ]);
  });
});

describe('describeFailure', () => {
  it('says an operating error in one line, with its code', () => {
    const error = new OttlaError('UNKNOWN_TOPIC_OR_PARTITION', 'topic a\nis unknown');

    expect(describeFailure(error)).toEqual([
      'ottla: topic a; is unknown (UNKNOWN_TOPIC_OR_PARTITION)',
    ]);
  });

  it('leaves out the code of a configuration error, which its text explains', () => {
    expect(describeFailure(new OttlaError('CONFIG', 'node.id is not set'))).toEqual([
      'ottla: node.id is not set',
    ]);
  });

  it('adds the stack only when asked', () => {
    expect(describeFailure(new Error('broken'), true)).toHaveLength(2);
  });

  it('says nothing of what the parser has said already', () => {
    expect(describeFailure(new CommanderError(1, 'commander.unknownOption', 'x'))).toEqual([]);
  });
});

describe('exitStatusOf', () => {
  it('tells a wrong use from a failure', () => {
    expect(exitStatusOf(new UsageError('x'))).toBe(2);
    expect(exitStatusOf(new OttlaError('CONFIG', 'x'))).toBe(1);
    expect(exitStatusOf(new Error('x'))).toBe(1);
  });
});

describe('formatTable', () => {
  it('shows what a terminal would obey, in one line', () => {
    const lines = formatTable(['RACK', 'COUNT'], [['a\u001b[2J\nb', 1]]);

    expect(lines[1]).toBe('a\\u001b[2J\\u000ab      1');
  });

  it('puts numbers to the right and text to the left', () => {
    const lines = formatTable(
      ['NAME', 'COUNT'],
      [
        ['a', 1],
        ['longer', 1234],
      ],
    );

    expect(lines).toEqual(['NAME    COUNT', 'a           1', 'longer   1234']);
  });
});
