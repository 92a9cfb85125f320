import { describe, expect, test } from 'vitest';
import { REQUIRED_PATHS } from '../../../tools/tidy/layers.ts';
import { describeFinding, describeSizes, spreadOf } from '../../../tools/tidy/report.ts';
import { checkAll } from '../../../tools/tidy/rules.ts';
import { parseModules } from '../../../tools/tidy/source.ts';

/** A small project that breaks no rule: two floors, a door, a platform, and a test. */
const CLEAN: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    REQUIRED_PATHS.map((path) => [/\.|Makefile/.test(path) ? path : `${path}/.keep`, '']),
  ),
  'src/base/ids.ts': 'export type NodeId = number;\nexport const FIRST_NODE = 1;\n',
  'src/env/clock.ts':
    "import type { NodeId } from '../base/ids.ts';\nexport type Owner = NodeId;\n",
  'src/platform/clock.ts':
    "import type { Owner } from '../env/clock.ts';\nexport const now = (_: Owner): number => Date.now();\n",
  'src/index.ts': "export { now } from './platform/clock.ts';\n",
  'test/unit/ids.test.ts': "import { FIRST_NODE } from '../../src/base/ids.ts';\nFIRST_NODE;\n",
};

/** The findings of the clean project with some files added or replaced, one line each. */
function findingsWith(files: Readonly<Record<string, string>>): string[] {
  const tree = new Map(Object.entries({ ...CLEAN, ...files }));
  return checkAll(tree, parseModules(tree)).map(
    (finding) => `${finding.severity ?? 'failure'} ${describeFinding(finding)}`,
  );
}

/** `path:line rule` of every finding, the dead files a planted file brings along left out. */
function rulesBrokenBy(files: Readonly<Record<string, string>>): string[] {
  return findingsWith(files)
    .map((line) => line.split(': ')[0]?.replace(/^\w+ /, '') ?? '')
    .filter((line) => !line.endsWith(' dead-file'));
}

/** What one source file breaks. */
const brokenAt = (path: string, text: string): string[] => rulesBrokenBy({ [path]: text });

test('a project that keeps every rule has no finding', () => {
  expect(findingsWith({})).toEqual([]);
});

test('a finding is one line with its place, the rule, what is wrong and the remedy', () => {
  const [line] = findingsWith({ 'src/base/now.ts': 'export const now = Date.now();\n' }).filter(
    (finding) => finding.includes(' ban:'),
  );

  expect(line).toBe('failure src/base/now.ts:1 ban: Date is banned here, use Clock of src/env');
});

describe('floors', () => {
  const importing = (target: string): string => `import '${target}';\n`;

  test.each([
    ['upward', 'src/base/up.ts', '../env/clock.ts'],
    ['sideways', 'src/record/side.ts', '../env/clock.ts'],
    ['into the platform below floor 6', 'src/broker/real.ts', '../platform/clock.ts'],
    ['out of src', 'src/base/out.ts', '../../test/unit/ids.test.ts'],
    ['upward without an extension', 'src/base/up.ts', '../env/clock'],
  ])('an import %s fails', (_, path, target) => {
    expect(brokenAt(path, importing(target))).toContain(`${path}:1 floor`);
  });

  test('the raft core may use floor 0 but not floor 1, though it stands on floor 2', () => {
    const low = brokenAt('src/raft/core/a.ts', importing('../../base/ids.ts'));
    const high = brokenAt('src/raft/core/a.ts', importing('../../env/clock.ts'));

    expect({ low, high }).toEqual({ low: [], high: ['src/raft/core/a.ts:1 floor'] });
  });

  test('the client may use floor 1 but not floor 2, though it stands on floor 5', () => {
    const files = { 'src/log/log.ts': '' };
    const low = brokenAt('src/client/a.ts', importing('../env/clock.ts'));
    const high = rulesBrokenBy({ ...files, 'src/client/a.ts': importing('../log/log.ts') });

    expect({ low, high }).toEqual({ low: [], high: ['src/client/a.ts:1 floor'] });
  });

  test('the platform may not import what stands on the interfaces it implements', () => {
    const broken = rulesBrokenBy({
      'src/log/log.ts': '',
      'src/platform/a.ts': importing('../log/log.ts'),
    });

    expect(broken).toEqual(['src/platform/a.ts:1 floor']);
  });

  test.each([
    ['a type import', "import type { NodeId } from '../controller/b.ts';"],
    ['a re-export', "export { b } from '../controller/b.ts';"],
    ['a dynamic import', "void import('../controller/b.ts');"],
    ['an import type', "type B = import('../controller/b.ts').B;"],
  ])('%s from the room beside counts as an import', (_, statement) => {
    const broken = rulesBrokenBy({ 'src/controller/b.ts': '', 'src/broker/a.ts': statement });

    expect(broken).toContain('src/broker/a.ts:1 floor');
  });

  test('a file of src in no room fails', () => {
    expect(brokenAt('src/helpers/x.ts', '')).toEqual(['src/helpers/x.ts:0 floor']);
  });
});

describe('circles', () => {
  test('three files that import each other by type are one finding that names the way round', () => {
    const findings = findingsWith({
      'src/log/a.ts': "\nimport type { B } from './b.ts';\nexport type A = B;\n",
      'src/log/b.ts': "import type { C } from './c.ts';\nexport type B = C;\n",
      'src/log/c.ts': "import type { A } from './a.ts';\nexport type C = A;\n",
    });

    expect(findings).toEqual([
      expect.stringContaining(
        'src/log/a.ts:2 circle: src/log/a.ts -> src/log/b.ts -> src/log/c.ts -> src/log/a.ts',
      ),
    ]);
  });

  test('two ways to the same file are no circle', () => {
    const broken = rulesBrokenBy({
      'src/log/a.ts': "import './b.ts';\nimport './c.ts';\n",
      'src/log/b.ts': "import './c.ts';\n",
      'src/log/c.ts': '',
    });

    expect(broken).toEqual([]);
  });
});

describe('dead files', () => {
  test('a file of src that nothing imports fails', () => {
    expect(findingsWith({ 'src/base/dead.ts': '' })).toEqual([
      expect.stringContaining('failure src/base/dead.ts:0 dead-file'),
    ]);
  });

  test('a file of src that only a test imports is a warning', () => {
    const findings = findingsWith({
      'src/base/dead.ts': '',
      'test/unit/dead.test.ts': "import '../../src/base/dead.ts';\n",
    });

    expect(findings).toEqual([expect.stringContaining('warning src/base/dead.ts:0 dead-file')]);
  });
});

describe('bans', () => {
  test.each([
    ['new Date()', 'new Date();'],
    ['performance.now()', 'performance.now();'],
    ['a global timer', 'setTimeout(() => {}, 1);'],
    ['a timer through globalThis', 'globalThis.setInterval(() => {}, 1);'],
    ['a timer passed on by shorthand', 'export const timers = { setImmediate };'],
    ['Math.random', 'Math.random();'],
    ['process.env', 'process.env;'],
    ['process.hrtime', 'process.hrtime.bigint();'],
    ['AbortSignal.timeout', 'AbortSignal.timeout(1);'],
    ['global crypto', 'crypto.randomUUID();'],
    ['crypto by name', "import { randomBytes } from 'node:crypto';"],
    ['crypto in the pool', "import { scrypt } from 'node:crypto';"],
    ['crypto by alias', "import * as c from 'node:crypto'; c.randomInt(3);"],
    ['zlib in the pool', "import { gzip } from 'node:zlib';"],
    ['zlib by default import', "import zlib from 'node:zlib'; zlib.inflateRaw(x, y);"],
    ['files', "import { readFileSync } from 'node:fs';"],
    ['files without the node: prefix', "import { readFile } from 'fs/promises';"],
    ['sockets', "import net from 'node:net';"],
    ['HTTP', "import { createServer } from 'node:http';"],
    ['timers as promises', "import { setTimeout as sleep } from 'node:timers/promises';"],
    ['LevelDB', "import { Level } from 'level';"],
    ['gRPC', "import { Server } from '@grpc/grpc-js';"],
    ['a member by its name in brackets', "Math['random']();"],
    ['a member by destructuring', 'export const { random } = Math;'],
    ['crypto by destructuring', 'export const { randomUUID: id } = crypto;'],
    ['a microtask', 'queueMicrotask(() => {});'],
    ['a tick', 'process.nextTick(() => {});'],
    ['how long the process runs', 'process.uptime();'],
    ['a weak reference', 'new WeakRef({});'],
    ['an order that depends on the locale', "'a'.localeCompare('b');"],
    ['a text that depends on the locale', '(1).toLocaleString();'],
    ['keys in the order of the engine', 'for (const key in {}) key;'],
    ['the machine', "import { hostname } from 'node:os';"],
    ['a module that is loaded late', "void import('../base/ids.ts');"],
  ])('%s in the broker fails', (_, text) => {
    expect(brokenAt('src/broker/a.ts', text)).toEqual(['src/broker/a.ts:1 ban']);
  });

  test.each([
    ['a type named Date', 'export type Created = Date;'],
    ['a method named like a timer', 'export const it = { setTimeout: 1 }; it.setTimeout;'],
    ['synchronous zlib', "import { gunzipSync } from 'node:zlib'; gunzipSync;"],
    ['a member of something else by that name', 'export const { random } = { random: 1 };'],
    ['a hash', "import { createHash } from 'node:crypto'; createHash;"],
    ['the word in a comment or a string', "// Date.now()\nexport const s = 'Date.now()';"],
  ])('%s in the broker passes', (_, text) => {
    expect(brokenAt('src/broker/a.ts', text)).toEqual([]);
  });

  test('src/rpc may use gRPC and timers, but not files', () => {
    const own = brokenAt('src/rpc/a.ts', "import '@grpc/grpc-js';\nsetTimeout(() => {}, 1);\n");
    const files = brokenAt('src/rpc/a.ts', "import 'node:fs';\n");

    expect({ own, files }).toEqual({ own: [], files: ['src/rpc/a.ts:1 ban'] });
  });

  test('src/platform may use files and LevelDB, but not gRPC', () => {
    const own = brokenAt('src/platform/a.ts', "import 'node:fs';\nimport 'level';\n");
    const grpc = brokenAt('src/platform/a.ts', "import '@grpc/grpc-js';\n");

    expect({ own, grpc }).toEqual({ own: [], grpc: ['src/platform/a.ts:1 ban'] });
  });
});

describe('flushed offsets', () => {
  const home = 'src/log/flushed-offset.ts';
  const importing = "import { flushedTo } from './flushed-offset.ts';\nflushedTo(1);\n";

  test.each([
    ['made anew', importing],
    ['cast', 'const flushed = 1 as FlushedOffset;\nflushed;\n'],
    ['settled anew', importing.replaceAll('flushedTo', 'settledTo')],
    ['cast to a settled one', 'const settled = 1 as SettledOffset;\nsettled;\n'],
  ])('one that is %s where nothing is known of the disk fails', (_, text) => {
    const broken = rulesBrokenBy({ [home]: '', 'src/log/guess.ts': text });

    expect(broken).toEqual(['src/log/guess.ts:1 flushed']);
  });

  test('one that is made where a sync has ended passes', () => {
    expect(rulesBrokenBy({ [home]: '', 'src/log/flush-state.ts': importing })).toEqual([]);
  });
});

describe('appends', () => {
  const path = 'src/log/log-writer.ts';
  const writer = (body: string): string => `export class LogWriter {\n${body}\n}\n`;

  test('one that does not wait passes, whatever others in its file do', () => {
    const body =
      '  write(): void { this.#run(); }\n  #run(): void {}\n  async flush() { await 1; }';

    expect(brokenAt(path, writer(body))).toEqual([]);
  });

  test.each([
    ['it', '  async write() { await 1; }'],
    ['what it calls', '  write() { this.#run(); }  async #run() {}'],
    [
      'what it hands on',
      '  write() { this.guarded(async () => {}); }  guarded(f: () => void) { f(); }',
    ],
    ['a reaction', '  write() { this.sync().then(() => 1); }'],
    [
      'a function of the file',
      '  write() { later(); } }\nconst later = () => Promise.resolve(); {',
    ],
  ])('one that waits in %s fails', (_, body) => {
    expect(brokenAt(path, writer(body))).toContainEqual(expect.stringMatching(/ append-waits$/));
  });

  test('one that has another name now fails: the rule would look at nothing', () => {
    expect(brokenAt(path, writer('  put(): void {}'))).toEqual([`${path}:0 append-waits`]);
  });
});

describe('sizes', () => {
  const linesOf = (count: number): string => '// A line.\n'.repeat(count);
  const functionOf = (lineCount: number): string =>
    `export function long(): void {\n${'  long;\n'.repeat(lineCount - 2)}}\n`;

  test('a file of 500 lines passes and one of 501 fails', () => {
    expect(brokenAt('src/base/a.ts', linesOf(500))).toEqual([]);
    expect(brokenAt('src/base/a.ts', linesOf(501))).toEqual(['src/base/a.ts:501 file-lines']);
  });

  test('a test file of 800 lines passes and one of 801 fails', () => {
    expect(brokenAt('test/unit/a.test.ts', linesOf(800))).toEqual([]);
    expect(brokenAt('test/unit/a.test.ts', linesOf(801))).toEqual([
      'test/unit/a.test.ts:801 file-lines',
    ]);
  });

  test('a generated file may have any length', () => {
    expect(brokenAt('src/gen/a.ts', linesOf(2_000))).toEqual([]);
  });

  test('a function of 60 lines passes and one of 61 fails', () => {
    expect(brokenAt('src/base/a.ts', functionOf(60))).toEqual([]);
    expect(brokenAt('src/base/a.ts', functionOf(61))).toEqual(['src/base/a.ts:1 function-lines']);
  });

  test('a describe block is not a function', () => {
    const text = `describe('x', () => {\n${'  x;\n'.repeat(70)}});\n`;

    expect(brokenAt('test/unit/a.test.ts', text)).toEqual([]);
  });

  test('a comment of 101 columns fails and one of 100 passes', () => {
    expect(brokenAt('src/base/a.ts', `//${'x'.repeat(98)}\n`)).toEqual([]);
    expect(brokenAt('src/base/a.ts', `//${'x'.repeat(99)}\n`)).toEqual(['src/base/a.ts:1 columns']);
  });

  test.each([
    ['a URL', `// https://example.org/${'x'.repeat(100)}\n`],
    ['a string', `export const s = '${'x'.repeat(100)}';\n`],
    ['the middle of a template', `export const s = \`\n${'x'.repeat(120)}\n\`;\n`],
  ])('%s may run past the last column', (_, text) => {
    expect(brokenAt('src/base/a.ts', text)).toEqual([]);
  });
});

describe('style', () => {
  const mark = ['TO', 'DO'].join('');

  test.each([
    ['import-extension', "import './b';"],
    ['import-extension', "import './b.js';"],
    ['inline-type', "import { type NodeId } from './ids.ts';"],
    ['inline-type', "export { type NodeId } from './ids.ts';"],
    ['todo', `// ${mark}: later.`],
    ['return-type', 'export function f() {}'],
    ['return-type', 'export const f = () => 1;'],
    ['parameters', 'export function f(a: 1, b: 1, c: 1, d: 1): void {}'],
    ['parameters', `export class C { constructor(${'abcdefgh'.split('').join(', ')}) {} }`],
  ])('%s: %s is found', (rule, text) => {
    expect(brokenAt('src/base/a.ts', text)).toEqual([`src/base/a.ts:1 ${rule}`]);
  });

  test('too many parameters are a warning, not a failure', () => {
    const findings = findingsWith({
      'src/base/ids.ts': 'export const f = (a: 1, b: 1, c: 1, d: 1): number => a + b + c + d;\n',
    });

    expect(findings).toEqual([expect.stringMatching(/^warning src\/base\/ids\.ts:1 parameters/)]);
  });

  test('a core that waits fails', () => {
    const text = 'export async function step(): Promise<void> {}\n';

    expect(brokenAt('src/broker/group-core.ts', text)).toContain('src/broker/group-core.ts:1 core');
    expect(brokenAt('src/broker/group-shell.ts', text)).toEqual([]);
  });
});

test.each(REQUIRED_PATHS)('a project without %s fails', (required) => {
  const tree = new Map(
    Object.entries(CLEAN).filter(([path]) => path !== required && !path.startsWith(`${required}/`)),
  );

  const found = checkAll(tree, parseModules(tree));

  expect(found).toContainEqual(expect.objectContaining({ path: required, rule: 'required-path' }));
});

describe('the size report', () => {
  test('median, 95th percentile and maximum are by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);

    expect(spreadOf(values)).toEqual([50, 95, 100]);
    expect(spreadOf([])).toEqual([0, 0, 0]);
  });

  test('names each folder and the largest files and functions of src', () => {
    const tree = new Map(Object.entries(CLEAN));

    const report = describeSizes(parseModules(tree));

    expect(report).toMatch(/^src\/base +1 +2 /m);
    expect(report).toMatch(/^test\/unit +1 +2 /m);
    expect(report).toMatch(/^ +1 {2}now src\/platform\/clock\.ts:2$/m);
  });
});
