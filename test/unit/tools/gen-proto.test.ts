import protobuf from 'protobufjs';
import { afterEach, expect, test } from 'vitest';
import { describeUncommentedFields } from '../../../tools/gen-proto/comments.ts';

/** The file that protobufjs takes what it parses next to be from; its types leave this out. */
const nameFile = (filename: string | null): void => {
  Object.assign(protobuf.parse, { filename });
};

afterEach(() => {
  nameFile(null);
});

/** What the rule says of one message `Sample` with these fields. */
function findingsIn(fields: string): readonly string[] {
  const text = `syntax = "proto3";\npackage ottla.v1;\n\nmessage Sample {\n${fields}\n}\n`;
  nameFile('proto/sample.proto');
  const { root } = protobuf.parse(text, { keepCase: false, alternateCommentMode: true });
  return describeUncommentedFields(root);
}

/** The line for a field of `Sample`. */
const lacking = (field: string): string =>
  `proto/sample.proto Sample.${field}: has no comment that ends with 'Since X.Y.'`;

test('a field is in order whose comment ends with its release, on the last of several lines', () => {
  const fields = '  // Bytes of the body,\n  // 0 or more. Since 0.1.\n  int32 length_bytes = 1;';

  const findings = findingsIn(fields);

  expect(findings).toEqual([]);
});

test('a field without a comment is named as the file has it, though its neighbour has one', () => {
  const fields = '  // What it is. Since 0.1.\n  int32 partition = 1;\n  int32 length_bytes = 2;';

  const findings = findingsIn(fields);

  expect(findings).toEqual([lacking('length_bytes')]);
});

test('a comment that does not end with a release is none', () => {
  const fields = '  // Since 0.1. Chosen by the client.\n  int64 request_id = 1;';

  const findings = findingsIn(fields);

  expect(findings).toEqual([lacking('request_id')]);
});

test.each([
  ['a member of a oneof', '  oneof body {\n    string text = 1;\n  }'],
  ['an optional field', '  optional string text = 1;'],
  ['a repeated field', '  repeated string text = 1;'],
  ['a map', '  map<string, string> text = 1;'],
])('%s needs a comment too', (_kind, fields) => {
  const findings = findingsIn(fields);

  expect(findings).toEqual([lacking('text')]);
});

test('a field of a nested message needs a comment too', () => {
  const fields = '  message Inner {\n    string text = 1;\n  }';

  const findings = findingsIn(fields);

  expect(findings).toEqual([lacking('text').replace('Sample', 'Inner')]);
});
