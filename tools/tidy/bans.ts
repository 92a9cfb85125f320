import ts from 'typescript';
import type { Finding, Import, Module } from './source.ts';
import { GENERATED, isWithin, lineOf, walkNodes } from './source.ts';

/**
 * What would let the real world into code that the simulator must be able to run from one seed.
 * Each entry: what is banned -> what to use instead.
 */
const CLOCK = 'use Clock of src/env';
const RANDOM = 'use Random of src/env';
const DISK = 'use Disk of src/env';
const NETWORK = 'use Transport or ByteListener of src/env';
const POOL = 'use the synchronous form: the thread pool answers in no fixed order';
const COLLECTION = 'close things by hand: collection comes at no fixed moment';
const ORDER = 'use defer of Clock: what runs next must be an event of its own';
const LOCALE = "compare and print by code units: the locale is the machine's";
const LOADING = 'import it at the top: a module is loaded in no fixed time';
const PLATFORM = 'move it to src/platform behind an interface of src/env';

const GLOBALS: ReadonlyMap<string, string> = new Map([
  ['Date', CLOCK],
  ['performance', CLOCK],
  ['setTimeout', CLOCK],
  ['setInterval', CLOCK],
  ['setImmediate', CLOCK],
  ['FinalizationRegistry', COLLECTION],
  ['WeakRef', COLLECTION],
  ['queueMicrotask', ORDER],
  ['WebSocket', NETWORK],
  ['Intl', LOCALE],
  ['WebAssembly', LOADING],
]);

const MEMBERS: ReadonlyMap<string, string> = new Map([
  ['Math.random', RANDOM],
  ['process.env', 'read it in src/platform and pass configuration in'],
  ['process.hrtime', CLOCK],
  ['process.uptime', CLOCK],
  ['process.cpuUsage', CLOCK],
  ['process.memoryUsage', PLATFORM],
  ['process.nextTick', ORDER],
  ['AbortSignal.timeout', `${CLOCK} and abort from its callback`],
]);

/** Of any object: what it says depends on the machine's settings. */
const METHODS: ReadonlyMap<string, string> = new Map([
  ['localeCompare', LOCALE],
  ['toLocaleString', LOCALE],
  ['toLocaleDateString', LOCALE],
  ['toLocaleTimeString', LOCALE],
  ['toLocaleLowerCase', LOCALE],
  ['toLocaleUpperCase', LOCALE],
]);

/** Package or `node:` module -> remedy; a trailing slash means everything below. */
const MODULES: ReadonlyMap<string, string> = new Map([
  ['fs', DISK],
  ['fs/', DISK],
  ['net', NETWORK],
  ['tls', NETWORK],
  ['dgram', NETWORK],
  ['dns', NETWORK],
  ['dns/', NETWORK],
  ['http', NETWORK],
  ['https', NETWORK],
  ['http2', NETWORK],
  ['child_process', PLATFORM],
  ['worker_threads', PLATFORM],
  ['cluster', PLATFORM],
  ['process', PLATFORM],
  ['os', PLATFORM],
  ['timers', CLOCK],
  ['timers/', CLOCK],
  ['perf_hooks', CLOCK],
  ['level', 'use KeyValueStore of src/env'],
  ['classic-level', 'use KeyValueStore of src/env'],
  ['@grpc/', 'use Transport of src/env, implemented in src/rpc'],
  ['grpc-health-check', 'use Transport of src/env, implemented in src/rpc'],
]);

interface NamedBan {
  readonly module: string;
  readonly names: RegExp;
  readonly remedy: string;
}

const NAMED: readonly NamedBan[] = [
  { module: 'crypto', names: /^(random|getRandomValues$|webcrypto$|subtle$)/, remedy: RANDOM },
  {
    module: 'crypto',
    names: /^(pbkdf2|scrypt|hkdf|generateKey|generateKeyPair|generatePrime|checkPrime)$/,
    remedy: POOL,
  },
  {
    module: 'zlib',
    names:
      /^((g|un)zip|gunzip|(de|in)flate(Raw)?|brotli(Dec|C)ompress|zstd(Dec|C)ompress|create.+)$/,
    remedy: POOL,
  },
];

interface Exemption {
  readonly folder: string;
  /** Banned names that are allowed here; `*` allows all but `except`. */
  readonly allows: readonly string[];
  readonly except?: readonly string[];
  readonly reason: string;
}

/** The whole list: an addition needs a reason that holds in the simulator. */
export const EXEMPTIONS: readonly Exemption[] = [
  {
    folder: 'src/platform',
    allows: ['*'],
    except: ['@grpc/', 'grpc-health-check'],
    reason: 'it is the real world behind the interfaces of src/env',
  },
  {
    folder: 'src/rpc',
    allows: [
      '@grpc/',
      'grpc-health-check',
      'http2',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'process.nextTick',
    ],
    reason: 'gRPC brings its own sockets and timers; the simulator replaces this folder whole',
  },
  {
    folder: 'src/record/cron/time-zone.ts',
    allows: ['Date', 'Intl'],
    reason: 'calendars and zones of moments that are given: none is read from a clock',
  },
  {
    folder: 'src/client/spill/retry-after.ts',
    allows: ['Date'],
    reason: 'as src/broker/delayed/time-zone.ts',
  },
  {
    folder: 'src/record/codecs',
    allows: ['import()'],
    reason: 'as src/record/compression.ts',
  },
  {
    folder: 'src/record/codecs/gzip.ts',
    allows: ['zlib.gzip', 'zlib.gunzip'],
    reason: 'only what brokers recompress goes there, and no simulated topic asks for that',
  },
  {
    folder: 'src/record/codecs/zstd-threads.ts',
    allows: ['worker_threads'],
    reason: 'as src/record/codecs/gzip.ts',
  },
  {
    folder: 'src/record/compression.ts',
    allows: ['import()'],
    reason: 'a codec is loaded before its first use; simulated clients do not compress',
  },
  {
    folder: 'src/cli',
    allows: ['import()'],
    reason: 'a verb loads its own part, and no verb runs in the simulator',
  },
  { folder: GENERATED, allows: ['*'], reason: 'generated from proto/' },
];

export function checkBans(modules: readonly Module[]): Finding[] {
  return modules.filter(({ path }) => isWithin(path, 'src')).flatMap(bansOf);
}

function bansOf(module: Module): Finding[] {
  const findings: Finding[] = [];
  const report = (line: number, name: string, ban: { key: string; remedy: string }): void => {
    if (isExempt(module.path, ban.key)) return;
    findings.push({
      path: module.path,
      line,
      rule: 'ban',
      what: `${name} is banned here`,
      remedy: ban.remedy,
    });
  };
  for (const entry of module.imports) {
    for (const { name, ...ban } of importBans(entry)) report(entry.line, name, ban);
  }
  walkNodes(module.ast, (node) => {
    const found = expressionBan(node, module);
    if (found !== undefined) report(lineOf(module.ast, node), found.name, found);
  });
  return findings;
}

function isExempt(path: string, key: string): boolean {
  return EXEMPTIONS.some(
    ({ folder, allows, except }) =>
      isWithin(path, folder) &&
      (allows.includes(key) || (allows.includes('*') && !(except ?? []).includes(key))),
  );
}

interface Banned {
  /** What the reader sees. */
  readonly name: string;
  /** What an exemption names. */
  readonly key: string;
  readonly remedy: string;
}

const bare = (specifier: string): string => specifier.replace(/^node:/, '');

function importBans(entry: Import): Banned[] {
  const name = bare(entry.specifier);
  const whole = [...MODULES].find(([key]) =>
    key.endsWith('/') ? name.startsWith(key) : key === name,
  );
  if (whole !== undefined) {
    return [{ name: entry.specifier, key: whole[0], remedy: whole[1] }];
  }
  return entry.names.flatMap((imported) => namedBan(name, imported) ?? []);
}

function namedBan(module: string, member: string): Banned | undefined {
  const ban = NAMED.find((entry) => entry.module === module && entry.names.test(member));
  const name = `${module}.${member}`;
  return ban === undefined ? undefined : { name, key: name, remedy: ban.remedy };
}

/** `setTimeout`, `Math.random`, `globalThis.Date`, `zlib.gzip` with zlib a whole-module import. */
function expressionBan(node: ts.Node, module: Module): Banned | undefined {
  if (ts.isIdentifier(node) && isValueUse(node)) {
    const remedy = GLOBALS.get(node.text);
    return remedy === undefined ? undefined : { name: node.text, key: node.text, remedy };
  }
  return memberBan(node, module) ?? syntaxBan(node);
}

/** What reads a member, also as `owner['member']` and `const { member } = owner`. */
function memberBan(node: ts.Node, module: Module): Banned | undefined {
  if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name)) {
    const { initializer, name } = node;
    if (initializer === undefined || !ts.isIdentifier(initializer)) return undefined;
    const owner = initializer.text;
    const members = name.elements.map((it) => (it.propertyName ?? it.name).getText(module.ast));
    return members.map((member) => bannedMember(owner, member, module)).find((it) => it);
  }
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    if (!ts.isIdentifier(node.expression)) return undefined;
    return bannedMember(node.expression.text, node.argumentExpression.text, module);
  }
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const method = METHODS.get(node.name.text);
  if (method !== undefined) {
    return { name: node.name.text, key: node.name.text, remedy: method };
  }
  if (!ts.isIdentifier(node.expression)) return undefined;
  return bannedMember(node.expression.text, node.name.text, module);
}

/** `for (key in object)` walks keys that look like numbers first; `import(...)` takes real time. */
function syntaxBan(node: ts.Node): Banned | undefined {
  if (ts.isForInStatement(node)) {
    const remedy = 'walk a Map, or Object.entries of a list with an order';
    return { name: 'for-in', key: 'for-in', remedy };
  }
  const isImport =
    ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isImport ? { name: 'import()', key: 'import()', remedy: LOADING } : undefined;
}

function bannedMember(owner: string, member: string, module: Module): Banned | undefined {
  const path = owner === 'globalThis' ? member : `${owner}.${member}`;
  const remedy = MEMBERS.get(path) ?? (owner === 'globalThis' ? GLOBALS.get(member) : undefined);
  if (remedy !== undefined) return { name: path, key: path, remedy };
  const imported = module.imports.find(({ alias }) => alias === owner);
  return namedBan(bare(imported?.specifier ?? owner), member);
}

/** False for a type, a declared name and the name after a dot. */
function isValueUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent)) return false;
  if (ts.isTypeQueryNode(parent) || ts.isImportSpecifier(parent)) return false;
  if (ts.isExportSpecifier(parent)) return false;
  if (ts.isBindingElement(parent) && parent.propertyName === node) return false;
  return !('name' in parent && parent.name === node);
}
