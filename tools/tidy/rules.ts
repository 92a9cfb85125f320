import { checkAppends } from './appends.ts';
import { checkBans } from './bans.ts';
import { checkFlushed } from './flushed.ts';
import { checkCircles, checkDeadFiles, checkFloors, checkRequiredPaths } from './layers.ts';
import { checkColumns, checkFileLines, checkFunctionLines } from './sizes.ts';
import type { Finding, Module, SourceTree } from './source.ts';
import { checkCores, checkImportStyle, checkSignatures, checkTodoMarks } from './style.ts';

/** Every rule over one tree, in path order. `modules` are the tree's own, parsed. */
export function checkAll(tree: SourceTree, modules: readonly Module[]): Finding[] {
  return [
    ...checkRequiredPaths(tree),
    ...checkFloors(modules),
    ...checkCircles(modules),
    ...checkDeadFiles(modules),
    ...checkBans(modules),
    ...checkFileLines(modules),
    ...checkFunctionLines(modules),
    ...checkColumns(modules),
    ...checkImportStyle(modules),
    ...checkTodoMarks(tree),
    ...checkSignatures(modules),
    ...checkCores(modules),
    ...checkAppends(modules),
    ...checkFlushed(modules),
  ].sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}
