/**
 * A count by minute that survives a crash of whoever counts.
 *
 * Counts and the offset up to which they count are written together, in one synced batch. Whoever
 * starts again reads on from that offset: what was counted and not yet written is counted once more
 * from the same state, so that nothing is counted twice.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { connect } from 'ottla';
import './support/needs-cluster.ts';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
const TOPIC = 'page-views';
const WINDOW_MS = 60_000;
const VIEW_COUNT = 300;
const CRASH_AT = 130;
const WRITE_EVERY = 50;

await using client = connect({ bootstrap });
const admin = client.admin();
if (!(await admin.listTopics()).includes(TOPIC)) {
  await admin.createTopic({ name: TOPIC, partitions: 1 });
}

/** A view each second, five minutes long. */
const firstMs = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS - 10 * WINDOW_MS;
await using producer = client.producer();
await producer.sendBatch(
  Array.from({ length: VIEW_COUNT }, (_, at) => {
    return { topic: TOPIC, value: '/', timestampMs: firstMs + at * 1000 };
  }),
);

const directory = mkdtempSync(join(tmpdir(), 'page-views-'));
const state = new Level<string, string>(directory);
const NEXT_OFFSET = 'next-offset';

/** Counts until it has come to `endOffset`, or to where it crashes. */
const count = async (endOffset: number, crashAt = Number.POSITIVE_INFINITY): Promise<void> => {
  const counts = new Map<string, number>();
  for await (const [minute, views] of state.iterator()) {
    if (minute !== NEXT_OFFSET) counts.set(minute, Number(views));
  }
  const offset = Number((await state.get(NEXT_OFFSET)) ?? 0);
  console.log(`counting from offset ${offset}`);
  await using reader = client.reader({ topic: TOPIC, from: { offset } });
  for await (const record of reader) {
    if (record.offset === crashAt) return console.log(`crashed at offset ${crashAt}`);
    const minute = new Date(Math.floor(record.timestampMs / WINDOW_MS) * WINDOW_MS).toISOString();
    counts.set(minute, (counts.get(minute) ?? 0) + 1);
    const next = record.offset + 1;
    if (next % WRITE_EVERY !== 0 && next !== endOffset) continue;
    const entries = [...counts, [NEXT_OFFSET, next] as const];
    const puts = entries.map(([key, value]) => ({ type: 'put' as const, key, value: `${value}` }));
    await state.batch(puts, { sync: true });
    if (next === endOffset) return;
  }
};

await count(VIEW_COUNT, CRASH_AT);
await count(VIEW_COUNT);
for await (const [minute, views] of state.iterator()) {
  if (minute !== NEXT_OFFSET) console.log(`${minute}: ${views} views`);
}
await state.close();
rmSync(directory, { recursive: true });
