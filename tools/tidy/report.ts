import type { FunctionSize } from './sizes.ts';
import { measureFunctions } from './sizes.ts';
import type { Finding, Module } from './source.ts';
import { GENERATED, isWithin } from './source.ts';

const LARGEST_COUNT = 5;

interface FolderSizes {
  readonly fileLines: number[];
  readonly functionLines: number[];
}

/** `path:line rule: what, remedy`, the form editors turn into a link. */
export function describeFinding({ path, line, rule, what, remedy }: Finding): string {
  return `${path}:${line} ${rule}: ${what}, ${remedy}`;
}

/** Sizes a folder, then the largest files and functions of src. Generated code is left out. */
export function describeSizes(modules: readonly Module[]): string {
  const written = modules.filter(({ path }) => !isWithin(path, GENERATED));
  const functions = measureFunctions(written);
  const source = written.filter(({ path }) => isWithin(path, 'src'));
  const sourceFunctions = functions.filter(({ path }) => isWithin(path, 'src'));
  return [
    describeFolders(written, functions),
    '',
    `largest files in src:${describeLargestFiles(source)}`,
    `largest functions in src:${describeLargestFunctions(sourceFunctions)}`,
  ].join('\n');
}

function describeFolders(modules: readonly Module[], functions: readonly FunctionSize[]): string {
  const folders = new Map<string, FolderSizes>();
  const sizesOf = (path: string): FolderSizes[] =>
    groupsOf(path).map((group) => {
      const sizes = folders.get(group) ?? { fileLines: [], functionLines: [] };
      folders.set(group, sizes);
      return sizes;
    });
  for (const { path, lines } of modules) {
    for (const sizes of sizesOf(path)) sizes.fileLines.push(lines.length);
  }
  for (const { path, lineCount } of functions) {
    for (const sizes of sizesOf(path)) sizes.functionLines.push(lineCount);
  }
  const header = [
    'folder',
    'files',
    'lines',
    'med',
    'p95',
    'max',
    'functions',
    'med',
    'p95',
    'max',
  ];
  const rows = [...folders]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, { fileLines, functionLines }]) => [
      folder,
      fileLines.length,
      fileLines.reduce((sum, count) => sum + count, 0),
      ...spreadOf(fileLines),
      functionLines.length,
      ...spreadOf(functionLines),
    ]);
  return [header, ...rows].map(describeRow).join('\n');
}

/** The top folder, and below src and test the folder in it; files of the root are left out. */
function groupsOf(path: string): string[] {
  const [top, next] = path.split('/').slice(0, -1);
  if (top === undefined) return [];
  return next === undefined || !/^(src|test)$/.test(top) ? [top] : [top, `${top}/${next}`];
}

/** Median, 95th percentile and maximum, by nearest rank. */
export function spreadOf(values: readonly number[]): [median: number, p95: number, max: number] {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return [at(0.5), at(0.95), at(1)];
}

function describeRow(cells: readonly (string | number)[]): string {
  const [name, ...rest] = cells;
  return `${String(name).padEnd(20)}${rest.map((cell) => String(cell).padStart(10)).join('')}`;
}

function describeLargestFiles(modules: readonly Module[]): string {
  return [...modules]
    .sort((a, b) => b.lines.length - a.lines.length)
    .slice(0, LARGEST_COUNT)
    .map(({ path, lines }) => `\n  ${String(lines.length).padStart(4)}  ${path}`)
    .join('');
}

function describeLargestFunctions(functions: readonly FunctionSize[]): string {
  return [...functions]
    .sort((a, b) => b.lineCount - a.lineCount)
    .slice(0, LARGEST_COUNT)
    .map((it) => `\n  ${String(it.lineCount).padStart(4)}  ${it.name} ${it.path}:${it.line}`)
    .join('');
}
