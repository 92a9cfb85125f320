import protobuf from 'protobufjs';

/** How one field is typed, read, written and left out. */
interface FieldCode {
  readonly type: string;
  readonly read: string;
  readonly write: (value: string) => string;
  readonly wireType: number;
  readonly zero: string;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;

const SCALARS: Readonly<Record<string, FieldCode>> = {
  int32: scalar('number', 'r.int32()', 'int32', '0'),
  uint32: scalar('number', 'r.uint32()', 'uint32', '0'),
  int64: scalar('number', 'safe(r.int64())', 'int64', '0'),
  uint64: scalar('number', 'safe(r.uint64())', 'uint64', '0'),
  bool: scalar('boolean', 'r.bool()', 'bool', 'false'),
  double: { ...scalar('number', 'r.double()', 'double', '0'), wireType: FIXED64 },
  string: { ...scalar('string', 'r.string()', 'string', "''"), wireType: LENGTH },
  bytes: { ...scalar('Uint8Array', 'r.bytes()', 'bytes', ''), wireType: LENGTH },
};

function scalar(type: string, read: string, method: string, zero: string): FieldCode {
  return { type, read, write: (value) => `${method}(${value})`, wireType: VARINT, zero };
}

const codeOf = (field: protobuf.Field): FieldCode => {
  const known = SCALARS[field.type];
  if (known !== undefined) return known;
  if (!(field.resolvedType instanceof protobuf.Type)) {
    throw new Error(`${field.fullName}: the type ${field.type} is not supported`);
  }
  const name = field.resolvedType.name;
  return {
    type: name,
    read: `nested(${name}, r)`,
    write: (value) => `fork(), ${name}.write(${value}, w), w.ldelim()`,
    wireType: LENGTH,
    zero: '',
  };
};

const isMessage = (field: protobuf.Field): boolean => field.resolvedType instanceof protobuf.Type;
const isPacked = (field: protobuf.Field): boolean => codeOf(field).wireType !== LENGTH;
const isOptional = (field: protobuf.Field): boolean =>
  !field.repeated && (isMessage(field) || field.options?.['proto3_optional'] === true);
const tag = (field: protobuf.Field, wireType: number): number => (field.id << 3) | wireType;

export const isFrame = (type: protobuf.Type): boolean =>
  type.fieldsArray.length === 2 &&
  type.fields['header']?.id === 1 &&
  type.fields['body']?.id === 2 &&
  type.fields['body'].type === 'bytes';

/** The real oneof of a message that holds nothing else: such a message becomes a union. */
const soleOneof = (type: protobuf.Type): protobuf.OneOf | undefined => {
  const real = type.oneofsArray.filter((oneof) => !oneof.isProto3Optional);
  const sole = real[0];
  if (sole === undefined) return undefined;
  if (real.length === 1 && sole.fieldsArray.length === type.fieldsArray.length) return sole;
  throw new Error(`${type.fullName}: a oneof must be all of its message`);
};

const docOf = (comment: string | null, indent = ''): string =>
  comment === null || comment === ''
    ? ''
    : `${indent}/** ${comment.replace(/\s*\n\s*/g, ' ').trim()} */\n`;

export const renderMessage = (type: protobuf.Type): string => {
  if (isFrame(type)) return renderFrame(type);
  const oneof = soleOneof(type);
  return oneof === undefined ? renderStruct(type) : renderUnion(type, oneof);
};

const renderFrame = (type: protobuf.Type): string => {
  const header = type.fields['header']?.type ?? '';
  // The type is an alias and has no place for the comments of its two fields.
  const parts = type.fieldsArray.map((field) => `\`${field.name}\`: ${field.comment ?? ''}`);
  return (
    `${docOf([type.comment, ...parts].join('\n'))}export type ${type.name} = Frame<${header}>;\n` +
    `export const ${type.name} = frameCodec('${type.fullName.slice(1)}', ${header});\n\n`
  );
};

const renderUnion = (type: protobuf.Type, oneof: protobuf.OneOf): string => {
  const cases = oneof.fieldsArray.map(
    (field) =>
      `${docOf(field.comment, '  ')}  | { readonly kind: '${field.name}'; readonly value: ${codeOf(field).type} }\n`,
  );
  const writes = oneof.fieldsArray.map(
    (field) =>
      `    case '${field.name}': w.uint32(${tag(field, LENGTH)}).` +
      `${codeOf(field).write('m.value')}; break;\n`,
  );
  const reads = oneof.fieldsArray.map(
    (field) =>
      `      case ${tag(field, LENGTH)}: m = { kind: '${field.name}', value: ` +
      `${codeOf(field).read} }; break;\n`,
  );
  return (
    `${docOf(type.comment)}export type ${type.name} =\n${cases.join('').trimEnd()};\n` +
    `export const ${type.name} = messageCodec<${type.name}>('${type.fullName.slice(1)}', ` +
    `(m, w) => {\n  switch (m.kind) {\n${writes.join('')}  }\n  return w;\n}, (r, end) => {\n` +
    `  let m: ${type.name} | undefined;\n${readLoop(reads.join(''))}` +
    `  return m ?? missingCase('${type.name}');\n});\n\n`
  );
};

const readLoop = (cases: string): string =>
  `  while (r.pos < end) {\n    const t = r.uint32();\n    switch (t) {\n${cases}` +
  `      default: r.skipType(t & 7);\n    }\n  }\n`;

const renderStruct = (type: protobuf.Type): string => {
  const fields = type.fieldsArray;
  const body = fields.map(
    (field) => `${docOf(field.comment, '  ')}  readonly ${field.name}${typeOf(field)};\n`,
  );
  const locals = fields.map((field) => `  ${declare(field)}\n`);
  const names = fields.map((field) => field.name).join(', ');
  const kind = body.length === 0 ? `export type ${type.name} = Record<never, never>;\n` : '';
  const shape = `export interface ${type.name} {\n${body.join('')}}\n`;
  return (
    `${docOf(type.comment)}${kind === '' ? shape : kind}` +
    `export const ${type.name} = messageCodec<${type.name}>('${type.fullName.slice(1)}', ` +
    `(${fields.length === 0 ? '_m' : 'm'}, w) => {\n${fields.map(renderWrite).join('')}` +
    `  return w;\n}, (r, end) => {\n${locals.join('')}` +
    `${readLoop(fields.map(renderRead).join(''))}  return { ${names} };\n});\n\n`
  );
};

const typeOf = (field: protobuf.Field): string => {
  if (field instanceof protobuf.MapField) return ': ReadonlyMap<string, string>';
  const { type } = codeOf(field);
  if (field.repeated) return `: readonly ${type}[]`;
  return isOptional(field) ? `?: ${type} | undefined` : `: ${type}`;
};

const declare = (field: protobuf.Field): string => {
  if (field instanceof protobuf.MapField) return `const ${field.name} = new Map<string, string>();`;
  const { type, zero } = codeOf(field);
  if (field.repeated) return `const ${field.name}: ${type}[] = [];`;
  if (isOptional(field)) return `let ${field.name}: ${type} | undefined;`;
  return type === 'Uint8Array'
    ? `let ${field.name}: Uint8Array = new Uint8Array(0);`
    : `let ${field.name} = ${zero};`;
};

const renderWrite = (field: protobuf.Field): string => {
  const value = `m.${field.name}`;
  if (field instanceof protobuf.MapField) {
    const entry = `w.uint32(${tag(field, LENGTH)}).fork().uint32(10).string(k).uint32(18).string(v)`;
    return `  for (const [k, v] of ${value}) ${entry}.ldelim();\n`;
  }
  const code = codeOf(field);
  if (field.repeated && isPacked(field)) {
    return (
      `  if (${value}.length > 0) {\n    w.uint32(${tag(field, LENGTH)}).fork();\n` +
      `    for (const v of ${value}) w.${code.write('v')};\n    w.ldelim();\n  }\n`
    );
  }
  const start = `w.uint32(${tag(field, code.wireType)}).`;
  if (field.repeated) return `  for (const v of ${value}) ${start}${code.write('v')};\n`;
  if (isOptional(field)) return `  if (${value} !== undefined) ${start}${code.write(value)};\n`;
  const present = code.type === 'Uint8Array' ? `${value}.length > 0` : `${value} !== ${code.zero}`;
  return `  if (${present}) ${start}${code.write(value)};\n`;
};

const renderRead = (field: protobuf.Field): string => {
  if (field instanceof protobuf.MapField) return renderMapRead(field.name, field.id);
  const code = codeOf(field);
  if (!field.repeated) {
    return `      case ${tag(field, code.wireType)}: ${field.name} = ${code.read}; break;\n`;
  }
  const one = `      case ${tag(field, code.wireType)}: ${field.name}.push(${code.read}); break;\n`;
  if (!isPacked(field)) return one;
  return (
    `${one}      case ${tag(field, LENGTH)}: {\n` +
    `        const stop = Math.min(r.uint32() + r.pos, end);\n` +
    `        while (r.pos < stop) ${field.name}.push(${code.read});\n        break;\n      }\n`
  );
};

const renderMapRead = (name: string, id: number): string =>
  `      case ${(id << 3) | LENGTH}: {\n` +
  `        const stop = Math.min(r.uint32() + r.pos, end);\n` +
  `        let k = '';\n        let v = '';\n` +
  `        while (r.pos < stop) {\n          const e = r.uint32();\n` +
  `          if (e === 10) k = r.string();\n          else if (e === 18) v = r.string();\n` +
  `          else r.skipType(e & 7);\n        }\n        ${name}.set(k, v);\n` +
  `        break;\n      }\n`;
