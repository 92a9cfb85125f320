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
const PLATFORM = 'move it to src/platform behind an interface of src/env';

const GLOBALS: ReadonlyMap<string, string> = new Map([
  ['Date', CLOCK],
  ['performance', CLOCK],
  ['setTimeout', CLOCK],
  ['setInterval', CLOCK],
  ['setImmediate', CLOCK],
  ['FinalizationRegistry', 'close things by hand: collection comes at no fixed moment'],
]);

const MEMBERS: ReadonlyMap<string, string> = new Map([
  ['Math.random', RANDOM],
  ['process.env', 'read it in src/platform and pass configuration in'],
  ['process.hrtime', CLOCK],
  ['AbortSignal.timeout', `${CLOCK} and abort from its callback`],
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
    allows: ['@grpc/', 'grpc-health-check', 'http2', 'setTimeout', 'setInterval', 'setImmediate'],
    reason: 'gRPC brings its own sockets and timers; the simulator replaces this folder whole',
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
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const owner = node.expression.text;
  const member = node.name.text;
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
