/**
 * Joins the doors of the package (command line, SDK, `ottla/testing`), with gRPC, protobufjs and
 * pino, into a few files under `dist/bundle`. Loading some 300 modules one by one took 400 ms of
 * processor time at each start; this takes 150. What is native, or loaded late and rarely, stays a
 * package of its own.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

const OUTPUT = 'dist/bundle';

/** Code that came from CommonJS asks for these. */
const BANNER = [
  "import { createRequire as ottlaRequire } from 'node:module';",
  "import { dirname as ottlaDirname } from 'node:path';",
  "import { fileURLToPath as ottlaPath } from 'node:url';",
  'const require = ottlaRequire(import.meta.url);',
  'const __filename = ottlaPath(import.meta.url);',
  'const __dirname = ottlaDirname(__filename);',
].join('\n');

rmSync(OUTPUT, { recursive: true, force: true });
await build({
  entryPoints: {
    main: 'dist/cli/main.js',
    index: 'dist/index.js',
    testing: 'dist/testing/index.js',
  },
  outdir: OUTPUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  legalComments: 'eof',
  banner: { js: BANNER },
  logLevel: 'warning',
  external: [
    '@bokuweb/zstd-wasm',
    '@grpc/proto-loader',
    '@grpc/reflection',
    '@node-rs/crc32',
    'grpc-health-check',
    'level',
    'lz4-napi',
    'pino-pretty',
    'prom-client',
    'snappy',
  ],
});
