import ts from 'typescript';
import type { Finding, Module } from './source.ts';
import { GENERATED, isWithin, lineOf, walkNodes } from './source.ts';

const FILE_LINES_MAX = 500;
const TEST_FILE_LINES_MAX = 800;
const FUNCTION_LINES_MAX = 60;
const COLUMNS_MAX = 100;

export interface FunctionSize {
  readonly path: string;
  readonly name: string;
  readonly line: number;
  readonly lineCount: number;
}

export function checkFileLines(modules: readonly Module[]): Finding[] {
  return handWritten(modules).flatMap(({ path, lines }) => {
    const max = isWithin(path, 'test') ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
    if (lines.length <= max) return [];
    return [
      {
        path,
        line: max + 1,
        rule: 'file-lines',
        what: `${lines.length} lines, at most ${max}`,
        remedy: 'split it by subject',
      },
    ];
  });
}

export function checkFunctionLines(modules: readonly Module[]): Finding[] {
  return measureFunctions(modules)
    .filter(({ lineCount }) => lineCount > FUNCTION_LINES_MAX)
    .map(({ path, line, name, lineCount }) => ({
      path,
      line,
      rule: 'function-lines',
      what: `${name} has ${lineCount} lines, at most ${FUNCTION_LINES_MAX}`,
      remedy: 'name its parts as functions of their own',
    }));
}

/** Every function with a body. The blocks of a test file (`describe`, `test`) are not functions. */
export function measureFunctions(modules: readonly Module[]): FunctionSize[] {
  return handWritten(modules).flatMap(({ path, ast }) => {
    const sizes: FunctionSize[] = [];
    walkNodes(ast, (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
      if (isWithin(path, 'test') && ts.isCallExpression(node.parent)) return;
      const line = lineOf(ast, node);
      const lastLine = ast.getLineAndCharacterOfPosition(node.end).line + 1;
      sizes.push({ path, name: functionName(node), line, lineCount: lastLine - line + 1 });
    });
    return sizes;
  });
}

/** The name in the source, or that of the variable, property or call it is given to. */
export function functionName(node: ts.SignatureDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return `${node.parent.name?.text ?? 'class'}.constructor`;
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) {
    return parent.name.getText();
  }
  if (ts.isPropertyDeclaration(parent)) return parent.name.getText();
  if (ts.isCallExpression(parent)) {
    return `callback of ${parent.expression.getText().replace(/\s+/g, '').slice(-40)}`;
  }
  return 'function';
}

/** The formatter breaks code; what is left over is prose, or a string that cannot be broken. */
export function checkColumns(modules: readonly Module[]): Finding[] {
  return handWritten(modules)
    .filter(({ path }) => isWithin(path, 'src'))
    .flatMap((module) => {
      const excused = linesEndingInStrings(module.ast);
      return module.lines.flatMap((text, index) => {
        const columns = [...text].length;
        if (columns <= COLUMNS_MAX || /https?:\/\//.test(text) || excused.has(index + 1)) return [];
        return [
          {
            path: module.path,
            line: index + 1,
            rule: 'columns',
            what: `${columns} columns, at most ${COLUMNS_MAX}`,
            remedy: 'break the line',
          },
        ];
      });
    });
}

/** The 1-based lines on which a string, template or pattern runs past the last column. */
function linesEndingInStrings(ast: ts.SourceFile): ReadonlySet<number> {
  const excused = new Set<number>();
  walkNodes(ast, (node) => {
    const isLiteral =
      ts.isStringLiteralLike(node) ||
      ts.isTemplateExpression(node) ||
      ts.isRegularExpressionLiteral(node);
    if (!isLiteral) return;
    const start = ast.getLineAndCharacterOfPosition(node.getStart(ast));
    const end = ast.getLineAndCharacterOfPosition(node.end);
    for (let { line } = start; line < end.line; line += 1) excused.add(line + 1);
    if (end.character > COLUMNS_MAX) excused.add(end.line + 1);
  });
  return excused;
}

function handWritten(modules: readonly Module[]): readonly Module[] {
  return modules.filter(({ path }) => !isWithin(path, GENERATED));
}
