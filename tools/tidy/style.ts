import ts from 'typescript';
import { functionName } from './sizes.ts';
import type { Finding, Module, SourceTree } from './source.ts';
import { GENERATED, isWithin, lineOf, walkNodes } from './source.ts';

const POSITIONAL_PARAMETERS_MAX = 3;
const CONSTRUCTOR_PARAMETERS_MAX = 7;

/** Spelled in halves so that this file does not carry the marks itself. */
const TODO_MARK = new RegExp(
  `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`,
);
const CODE_FOLDERS = ['src', 'test', 'tools', 'bench', 'deploy', 'proto', 'bin'];

/** Cores take an event and give effects: nothing in them may wait. */
const CORE = /^src\/raft\/core\/|^src\/.*-core\.ts$/;

type Callable = ts.FunctionDeclaration | ts.ArrowFunction | ts.FunctionExpression;

interface ExportedFunction {
  readonly node: Callable;
  /** Its return type is written down, on the function or on the constant that holds it. */
  readonly isTyped: boolean;
}

export function checkImportStyle(modules: readonly Module[]): Finding[] {
  return modules
    .filter(({ path }) => !isWithin(path, GENERATED))
    .flatMap(({ path, imports }) =>
      imports.flatMap(({ specifier, line, hasInlineType }) => {
        const findings: Finding[] = [];
        if (specifier.startsWith('.') && !/\.(ts|json)$/.test(specifier)) {
          findings.push({
            path,
            line,
            rule: 'import-extension',
            what: `'${specifier}' has no .ts extension`,
            remedy: 'write the name of the file as it is on disk',
          });
        }
        if (hasInlineType) {
          findings.push({
            path,
            line,
            rule: 'inline-type',
            what: `a type is marked inside the braces ('${specifier}')`,
            remedy: 'give types a statement of their own: import type { X }',
          });
        }
        return findings;
      }),
    );
}

export function checkTodoMarks(tree: SourceTree): Finding[] {
  return [...tree]
    .filter(([path]) => CODE_FOLDERS.some((folder) => isWithin(path, folder)))
    .flatMap(([path, text]) =>
      text.split('\n').flatMap((lineText, index) => {
        const mark = TODO_MARK.exec(lineText)?.[0];
        if (mark === undefined) return [];
        const what = `a ${mark} is left over`;
        return [{ path, line: index + 1, rule: 'todo', what, remedy: 'do it, or delete the mark' }];
      }),
    );
}

/** Exported functions say what they return; more parameters than a reader can order are a warning. */
export function checkSignatures(modules: readonly Module[]): Finding[] {
  return modules
    .filter(({ path }) => isWithin(path, 'src') && !isWithin(path, GENERATED))
    .flatMap(({ path, ast }) => [
      ...exportedFunctions(ast).flatMap(({ node, isTyped }) => {
        const at = { path, line: lineOf(ast, node), name: functionName(node) };
        return [...returnTypeFinding(at, isTyped), ...parameterFinding(at, node)];
      }),
      ...constructorFindings(path, ast),
    ]);
}

interface Place {
  readonly path: string;
  readonly line: number;
  readonly name: string;
}

function returnTypeFinding({ path, line, name }: Place, isTyped: boolean): Finding[] {
  if (isTyped) return [];
  const what = `exported ${name} leaves its return type to inference`;
  return [{ path, line, rule: 'return-type', what, remedy: 'write it down: it is a contract' }];
}

function parameterFinding({ path, line, name }: Place, node: Callable): Finding[] {
  const count = node.parameters.length;
  if (count <= POSITIONAL_PARAMETERS_MAX) return [];
  const what = `${name} takes ${count} positional parameters, at most ${POSITIONAL_PARAMETERS_MAX}`;
  const remedy = 'pass an object with named fields';
  return [{ path, line, rule: 'parameters', what, remedy, severity: 'warning' }];
}

function constructorFindings(path: string, ast: ts.SourceFile): Finding[] {
  const findings: Finding[] = [];
  walkNodes(ast, (node) => {
    if (!ts.isConstructorDeclaration(node)) return;
    const count = node.parameters.length;
    if (count <= CONSTRUCTOR_PARAMETERS_MAX) return;
    findings.push({
      path,
      line: lineOf(ast, node),
      rule: 'parameters',
      what: `${functionName(node)} takes ${count} parameters, at most ${CONSTRUCTOR_PARAMETERS_MAX}`,
      remedy: 'the class does too much, or wants one object of dependencies',
      severity: 'warning',
    });
  });
  return findings;
}

/** `export function f`, `export default function` and `export const f = () => ...`. */
function exportedFunctions(ast: ts.SourceFile): ExportedFunction[] {
  return ast.statements.flatMap((statement): ExportedFunction[] => {
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (isExported !== true) return [];
    if (ts.isFunctionDeclaration(statement)) {
      return [{ node: statement, isTyped: statement.type !== undefined }];
    }
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap(({ initializer, type }) => {
      if (initializer === undefined) return [];
      if (!ts.isArrowFunction(initializer) && !ts.isFunctionExpression(initializer)) return [];
      return [{ node: initializer, isTyped: (initializer.type ?? type) !== undefined }];
    });
  });
}

export function checkCores(modules: readonly Module[]): Finding[] {
  return modules
    .filter(({ path }) => CORE.test(path))
    .flatMap(({ path, ast }) => {
      const findings: Finding[] = [];
      walkNodes(ast, (node) => {
        const isWait =
          node.kind === ts.SyntaxKind.AsyncKeyword ||
          node.kind === ts.SyntaxKind.AwaitKeyword ||
          ts.isAwaitExpression(node) ||
          (ts.isIdentifier(node) && node.text === 'Promise');
        if (!isWait) return;
        findings.push({
          path,
          line: lineOf(ast, node),
          rule: 'core',
          what: `a core waits (${node.getText(ast).slice(0, 40)})`,
          remedy: 'return an effect and let the shell report back with an event',
        });
      });
      return findings;
    });
}
