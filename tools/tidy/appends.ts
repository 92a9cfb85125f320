import ts from 'typescript';
import type { Finding, Module } from './source.ts';
import { lineOf, walkNodes } from './source.ts';

/**
 * From the choice of an offset to its bytes in the file nothing may wait: whoever ran meanwhile
 * would choose the same offset. The functions where each file is entered on that way; what they
 * call in their own file counts as well. The raft core, where an index is chosen, may not wait at
 * all.
 */
export const APPENDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['src/broker/client/append-batch.ts', ['appendBatch']],
  ['src/broker/replication/partition.ts', ['produce', 'appendFromLeader']],
  ['src/broker/replication/append-produced.ts', ['appendProduced']],
  ['src/log/partition-log.ts', ['appendAsLeader', 'appendAsFollower']],
  ['src/log/log-writer.ts', ['write']],
  ['src/log/segment.ts', ['append']],
]);

type Callable = ts.FunctionLikeDeclaration;

export function checkAppends(modules: readonly Module[]): Finding[] {
  return modules.flatMap((module) => {
    const entries = APPENDS.get(module.path);
    return entries === undefined ? [] : checkModule(module, entries);
  });
}

function checkModule({ path, ast }: Module, entries: readonly string[]): Finding[] {
  const callables = callablesOf(ast);
  const findings: Finding[] = [];
  const report = (line: number, what: string, remedy: string): void => {
    findings.push({ path, line, rule: 'append-waits', what, remedy });
  };
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    const callable = callables.get(name);
    if (callable === undefined) {
      report(
        0,
        `there is no ${name} here`,
        'name the new way of an append in tools/tidy/appends.ts',
      );
      continue;
    }
    walkNodes(callable, (node) => {
      const called = calledName(node);
      if (called !== undefined && callables.has(called)) waiting.push(called);
      if (!isWait(node)) return;
      const text = node.getText(ast).slice(0, 40);
      report(lineOf(ast, node), `${name} waits between an offset and its bytes (${text})`, REMEDY);
    });
  }
  return findings;
}

const REMEDY = 'do it before the offset is chosen or after the bytes are written';

/** Functions and methods by name, private ones with their `#`. */
function callablesOf(ast: ts.SourceFile): Map<string, Callable> {
  const found = new Map<string, Callable>();
  walkNodes(ast, (node) => {
    if (ts.isMethodDeclaration(node) || ts.isFunctionDeclaration(node)) {
      if (node.name !== undefined) found.set(node.name.getText(ast), node);
    } else if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
      const { initializer } = node;
      if (initializer !== undefined && ts.isArrowFunction(initializer)) {
        found.set(node.name.text, initializer);
      }
    }
  });
  return found;
}

/** The name in `name(...)` and `this.name(...)`. */
function calledName(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  if (ts.isIdentifier(expression)) return expression.text;
  const isOwn =
    ts.isPropertyAccessExpression(expression) &&
    expression.expression.kind === ts.SyntaxKind.ThisKeyword;
  return isOwn ? expression.name.text : undefined;
}

function isWait(node: ts.Node): boolean {
  if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) return true;
  if (ts.isYieldExpression(node)) return true;
  if (ts.isIdentifier(node)) return node.text === 'Promise';
  return ts.isPropertyAccessExpression(node) && node.name.text === 'then';
}
