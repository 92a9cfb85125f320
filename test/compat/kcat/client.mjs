import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * kcat: produce BOOTSTRAP TOPIC CODEC | consume BOOTSTRAP TOPIC [FROM_MS], records as lines of
 * JSON. It cannot choose a record's timestamp.
 */
const [verb, bootstrap, topic, option] = process.argv.slice(2);
const base = ['-b', bootstrap, '-t', topic];

const kcat = (words, input = '') => {
  const { status, stdout, stderr } = spawnSync('kcat', [...base, ...words], {
    input,
    maxBuffer: 1 << 28,
  });
  if (status === 0) return stdout;
  throw new Error(`kcat ${words.join(' ')} ended with ${status}: ${stderr}`);
};

// Longer than any chance of noise: what is sent must not have it.
const BETWEEN = '<-end-of-record-7f3a->';
const AFTER_KEY = '<-end-of-key-91bc->';

const bytes = (text) => Buffer.from(text, 'base64');

/** Headers, the partition and what an empty field means are said once for all of a call. */
const callOf = ({ partition, headers, key, value }) =>
  JSON.stringify([partition, headers, value === null, key === null, key === '']);

const send = (records) => {
  const [{ partition, headers, key, value }] = records;
  const words = ['-P', '-p', String(partition), '-z', option, '-D', BETWEEN];
  words.push('-X', 'enable.idempotence=true', '-X', 'message.max.bytes=2000000');
  if (key !== null) words.push('-K', AFTER_KEY);
  if (value === null) words.push('-Z');
  for (const [name, data] of headers) words.push('-H', `${name}=${bytes(data)}`);
  const parts = records.flatMap((record) => [
    ...(record.key === null ? [] : [bytes(record.key), Buffer.from(AFTER_KEY)]),
    bytes(record.value ?? ''),
    Buffer.from(BETWEEN),
  ]);
  // From a file all of it is one record, however large.
  if (records.length === 1 && key === null && value !== null) fromFile(words, bytes(value));
  else kcat(words, Buffer.concat(parts));
};

const fromFile = (words, data) => {
  const folder = mkdtempSync(join(tmpdir(), 'kcat-'));
  const file = join(folder, 'value');
  try {
    writeFileSync(file, data);
    kcat([...words, file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const produce = () => {
  const lines = readFileSync(0, 'utf8').trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line));
  let call = [];
  for (const record of records) {
    const goesOn = call.length > 0 && callOf(call[0]) === callOf(record) && record.key !== null;
    if (!goesOn && call.length > 0) {
      send(call);
      call = [];
    }
    call.push(record);
  }
  if (call.length > 0) send(call);
  process.stdout.write(`${JSON.stringify({ count: records.length })}\n`);
};

/** The lengths come first: what follows them may be any bytes. */
const FORMAT = '%p %o %T %K %S\n%k%s%h\n';

const consume = () => {
  const from = option === undefined ? 'beginning' : `s@${option}`;
  const out = kcat(['-C', '-o', from, '-e', '-f', FORMAT, '-X', 'fetch.message.max.bytes=4000000']);
  const lines = [];
  for (let at = 0; at < out.length; ) {
    const head = out.indexOf('\n', at);
    const numbers = out.toString('latin1', at, head).split(' ').map(Number);
    const [partition, offset, timestamp, keyBytes, valueBytes] = numbers;
    at = head + 1;
    const take = (count) => {
      const taken = count < 0 ? null : out.toString('base64', at, at + count);
      at += Math.max(count, 0);
      return taken;
    };
    const key = take(keyBytes);
    const value = take(valueBytes);
    const end = out.indexOf('\n', at);
    const headers = headersOf(out.toString('utf8', at, end));
    at = end + 1;
    lines.push(JSON.stringify({ partition, offset, key, value, headers, timestamp }));
  }
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
};

const headersOf = (text) =>
  text === ''
    ? []
    : text.split(',').map((pair) => {
        const [name, value] = pair.split('=');
        return [name, value === 'NULL' ? null : Buffer.from(value).toString('base64')];
      });

({ produce, consume })[verb]();
