import { readFileSync } from 'node:fs';
import type { AnyApi } from '../../../../src/kafka/wire/apis.ts';
import { apiOfKey } from '../../../../src/kafka/wire/apis.ts';

/** A frame, without its size, that Kafka's own classes wrote; `golden/pom.xml` says how. */
export interface GoldenFrame {
  readonly api: AnyApi;
  readonly version: number;
  readonly direction: 'request' | 'response';
  readonly filling: 'values' | 'nulls' | 'defaults';
  readonly bytes: Uint8Array;
  /** The body as JSON: bytes in base64, fields that the version lacks left out. */
  readonly values: unknown;
}

interface Line extends Omit<GoldenFrame, 'api' | 'bytes'> {
  readonly api: number;
  readonly header: string;
  readonly body: string;
}

const FILE = new URL('./golden/golden.jsonl', import.meta.url);

const frameOf = ({ api: key, header, body, ...rest }: Line): GoldenFrame => {
  const api = apiOfKey(key);
  if (api === undefined) throw new Error(`golden.jsonl has API key ${key}, which apis.ts lacks`);
  return { ...rest, api, bytes: Buffer.from(header + body, 'hex') };
};

export const goldenFrames = (): GoldenFrame[] =>
  readFileSync(FILE, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
    .map(frameOf);

export const describeFrame = ({ api, version, direction, filling }: GoldenFrame): string =>
  `${api.name} v${version} ${direction} of ${filling}`;
