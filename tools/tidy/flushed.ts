import ts from 'typescript';
import type { Finding, Module } from './source.ts';
import { isWithin, lineOf, walkNodes } from './source.ts';

const HOME = 'src/log/flushed-offset.ts';
const MAKERS: readonly string[] = ['flushedTo', 'settledTo'];
const BRANDS: readonly string[] = ['FlushedOffset', 'SettledOffset'];
const REMEDY = `pass one in, or lower one by flushedWithin or settledWithin of ${HOME}`;

/**
 * Who may say that all below an offset is on a disk, each by what it has seen. An addition is a
 * promise about durability: it needs a reason of that kind.
 */
export const VOUCHERS: ReadonlyMap<string, string> = new Map([
  ['src/log/flush-state.ts', 'a sync of the segments, or of the journal, has ended'],
  ['src/log/checkpoint.ts', 'the process before wrote it down after its syncs'],
  ['src/log/recovery.ts', 'an orderly stop, or a checkpoint, within what was found whole'],
  ['src/broker/replication/replica-session.ts', 'a follower vouches for its own disk'],
]);

export function checkFlushed(modules: readonly Module[]): Finding[] {
  return modules
    .filter(({ path }) => isWithin(path, 'src') && path !== HOME && !VOUCHERS.has(path))
    .flatMap(checkModule);
}

function checkModule({ path, ast, imports }: Module): Finding[] {
  const findings: Finding[] = [];
  const report = (line: number, what: string): void => {
    findings.push({ path, line, rule: 'flushed', what, remedy: REMEDY });
  };
  for (const { target, names, line } of imports) {
    const maker = MAKERS.find((name) => target === HOME && names.includes(name));
    if (maker === undefined) continue;
    report(line, `${maker} is called where nothing is known of the disk`);
  }
  walkNodes(ast, (node) => {
    const isCast = ts.isAsExpression(node) && BRANDS.includes(node.type.getText(ast));
    if (isCast) report(lineOf(ast, node), 'a cast makes an offset a flushed one');
  });
  return findings;
}
