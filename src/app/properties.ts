import { OttlaError } from '../base/errors.ts';

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
]);

/** A comment, or a line of blanks. */
const IGNORED = /^[ \t\f]*([#!].*)?$/;
/** An odd number of backslashes at the end: the next line continues this one. */
const CONTINUED = /(^|[^\\])(\\\\)*\\$/;

interface LogicalLine {
  readonly text: string;
  /** Of its first physical line, 1 and up. */
  readonly number: number;
}

/**
 * Reads the text of a `server.properties` file, in the format of Java: `key=value`, `key: value`
 * or `key value`, comments with `#` or `!`, continuation and escapes by backslash. A later line
 * wins over an earlier one with the same key. Throws `CONFIG` naming the line of a bad escape.
 */
export const parseProperties = (text: string): Map<string, string> => {
  const properties = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const { key, rest } = splitKey(line.text);
    properties.set(unescapeText(key, line.number), unescapeText(rest, line.number));
  }
  return properties;
};

const logicalLines = (text: string): LogicalLine[] => {
  const lines: LogicalLine[] = [];
  let open: LogicalLine | undefined;
  for (const [index, physical] of text.split(/\r\n|\n|\r/).entries()) {
    if (open === undefined && IGNORED.test(physical)) continue;
    const start: LogicalLine = open ?? { text: '', number: index + 1 };
    const joined = start.text + physical.replace(/^[ \t\f]+/, '');
    if (CONTINUED.test(physical)) {
      open = { text: joined.slice(0, -1), number: start.number };
      continue;
    }
    lines.push({ text: joined, number: start.number });
    open = undefined;
  }
  if (open !== undefined) lines.push(open);
  return lines;
};

/** The key ends at the first `=`, `:` or blank that no backslash protects. */
const splitKey = (line: string): { key: string; rest: string } => {
  const match = /^((?:\\.|[^\\=: \t\f])*)[ \t\f]*(?:[=:][ \t\f]*)?(.*)$/s.exec(line);
  return { key: match?.[1] ?? line, rest: match?.[2] ?? '' };
};

const unescapeText = (text: string, lineNumber: number): string =>
  text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, escaped: string) => {
    if (escaped.length > 1) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    if (escaped === 'u') {
      throw new OttlaError(
        'CONFIG',
        `line ${lineNumber}: \\u needs four hex digits; write \\\\u for a plain backslash`,
      );
    }
    return ESCAPES.get(escaped) ?? escaped;
  });
