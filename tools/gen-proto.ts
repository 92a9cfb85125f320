/**
 * Writes `src/gen/ottla.ts` (types, codecs, methods) and `src/gen/descriptor.ts` (for gRPC's
 * reflection and loader) from `proto/`. With `--check` it writes nothing and fails on a difference.
 * Either way it fails, and writes nothing, where a field lacks its comment.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { describeUncommentedFields } from './gen-proto/comments.ts';
import { isFrame, renderMessage } from './gen-proto/message.ts';
import { renderService } from './gen-proto/service.ts';

const PROTO_ROOT = 'proto';
const NOTICE = '// Generated from proto/ by `make proto`; not edited by hand.\n';

const main = (): void => {
  const root = loadRoot();
  const uncommented = describeUncommentedFields(root);
  for (const line of uncommented) console.error(line);
  if (uncommented.length > 0) {
    process.exitCode = 1;
    return;
  }
  const outputs = new Map([
    ['src/gen/ottla.ts', renderCode(root)],
    ['src/gen/descriptor.ts', renderDescriptor(root)],
  ]);
  const stale = [...outputs].filter(([path, text]) => contentOf(path) !== text);
  if (process.argv.includes('--check')) {
    for (const [path] of stale) console.error(`${path} is not what proto/ says; run 'make proto'`);
    process.exitCode = stale.length > 0 ? 1 : 0;
    return;
  }
  for (const [path, text] of stale) writeFileSync(path, text);
};

const contentOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const loadRoot = (): protobuf.Root => {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) =>
    target.startsWith(`${PROTO_ROOT}/`) ? target : join(PROTO_ROOT, target);
  const folder = join(PROTO_ROOT, 'ottla', 'v1');
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.proto'))
    .sort();
  // Each with what it imports, one after the other: read at once, as `load` reads imports, they
  // would come out in the order of the disk.
  for (const name of files) {
    root.loadSync(join(folder, name), { keepCase: false, alternateCommentMode: true });
  }
  root.resolveAll();
  return root;
};

const renderCode = (root: protobuf.Root): string => {
  const namespace = root.lookup('ottla.v1') as protobuf.Namespace;
  const messages = namespace.nestedArray.filter((item) => item instanceof protobuf.Type);
  const services = namespace.nestedArray.filter((item) => item instanceof protobuf.Service);
  // A frame names its header's codec at once, so it comes after the plain messages.
  const ordered = [...messages].sort((a, b) => Number(isFrame(a)) - Number(isFrame(b)));
  const parts = [
    NOTICE,
    "import type { StreamMethod, UnaryMethod } from '../base/method.ts';\n",
    "import type { Frame } from './runtime.ts';\n",
    "import { frameCodec, messageCodec, missingCase, nested, safe } from './runtime.ts';\n\n",
    ...ordered.map(renderMessage),
    ...services.map(renderService),
  ];
  return parts.join('');
};

const renderDescriptor = (root: protobuf.Root): string =>
  `${NOTICE}/** The files of proto/ as protobufjs describes them: for reflection and the loader. Made when called. */\n` +
  `export const descriptor = (): object => (${JSON.stringify(root.toJSON(), null, 2)});\n`;

main();
