import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';

/** Every file the rules look at, by path from the project's root: the rules themselves read no disk. */
export type SourceTree = ReadonlyMap<string, string>;

export interface Import {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** The file of the tree it names, or undefined for a package or a file that is not there. */
  readonly target: string | undefined;
  /** True for `import { type X }`: the statement stays behind, empty, once types are stripped. */
  readonly hasInlineType: boolean;
  /** Exported names taken by name; `default` and `*` are not among them. */
  readonly names: readonly string[];
  /** The local name of the whole module (`import x` or `import * as x`). */
  readonly alias: string | undefined;
}

export interface Module {
  readonly path: string;
  readonly lines: readonly string[];
  readonly ast: ts.SourceFile;
  readonly imports: readonly Import[];
}

/** One line for the reader; a `warning` does not fail the run. */
export interface Finding {
  readonly path: string;
  /** 1-based; 0 when the whole file or folder is meant. */
  readonly line: number;
  readonly rule: string;
  readonly what: string;
  readonly remedy: string;
  readonly severity?: 'warning';
}

export const GENERATED = 'src/gen';

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'results', '.git', '.data']);
/** A folder counts as present once it holds a file of any kind; only these kinds are read. */
const READ = /\.(ts|mts|mjs|cjs|js|proto|sh)$|(^|\/)(Makefile|run|ottla)$/;

/** Reads the project below `root`. */
export function readTree(root: string): SourceTree {
  const tree = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (SKIPPED.has(entry.name)) continue;
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) {
        tree.set(path, READ.test(path) ? readFileSync(join(root, path), 'utf8') : '');
      }
    }
  };
  walk('');
  return tree;
}

/** Parses the TypeScript files of a tree, in path order. */
export function parseModules(tree: SourceTree): Module[] {
  return [...tree]
    .filter(([path]) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, text]) => parseModule(path, text, tree));
}

function parseModule(path: string, text: string, tree: SourceTree): Module {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS);
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) {
      imports.push({
        specifier,
        line: lineOf(ast, node),
        target: resolveImport(path, specifier, tree),
        ...bindingsOf(node),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(ast);
  return { path, lines: text.replace(/\n$/, '').split('\n'), ast, imports };
}

/** The module named by an import or re-export, a dynamic `import('x')` or an `import('x').T` type. */
function specifierOf(node: ts.Node): string | undefined {
  const named = (literal: ts.Node | undefined): string | undefined =>
    literal !== undefined && ts.isStringLiteralLike(literal) ? literal.text : undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return named(node.moduleSpecifier);
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return named(node.arguments[0]);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return named(node.argument.literal);
  }
  return undefined;
}

function bindingsOf(node: ts.Node): Pick<Import, 'hasInlineType' | 'names' | 'alias'> {
  const clause = ts.isImportDeclaration(node) ? node.importClause : undefined;
  const bindings = ts.isExportDeclaration(node) ? node.exportClause : clause?.namedBindings;
  if (bindings === undefined || ts.isNamespaceImport(bindings) || ts.isNamespaceExport(bindings)) {
    const alias = (bindings ?? clause)?.name?.text;
    return { hasInlineType: false, names: [], alias };
  }
  return {
    hasInlineType: bindings.elements.some((element) => element.isTypeOnly),
    names: bindings.elements.map((element) => (element.propertyName ?? element.name).text),
    alias: clause?.name?.text,
  };
}

/** Without an extension the file is still found, so that a floor cannot be skipped that way. */
function resolveImport(from: string, specifier: string, tree: SourceTree): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const path = posix.normalize(posix.join(posix.dirname(from), specifier));
  const candidates = [path, `${path}.ts`, path.replace(/\.js$/, '.ts'), `${path}/index.ts`];
  return candidates.find((candidate) => tree.has(candidate));
}

/** The 1-based line on which a node begins, its comments left out. */
export function lineOf(ast: ts.SourceFile, node: ts.Node): number {
  return ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1;
}

/** True for the folder itself, a file in it, or the very file. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Calls `visit` for every node of a file, parents first. */
export function walkNodes(root: ts.Node, visit: (node: ts.Node) => void): void {
  visit(root);
  ts.forEachChild(root, (child) => walkNodes(child, visit));
}
