/**
 * User events with three downstreams that know nothing of each other.
 *
 * Each is a group of its own: it has its own place in the topic, and one that is slow, stops, or
 * comes a week later takes nothing from the others. Whoever sends the events does not know them.
 */
import { connect, json, string } from 'ottla';
import './support/needs-cluster.ts';

const bootstrap = process.env['OTTLA_BOOTSTRAP'] ?? '127.0.0.1:7091';
const TOPIC = 'user-events';
const EVENT_COUNT = 30;

interface UserEvent {
  readonly user: string;
  readonly action: 'signed up' | 'bought' | 'left';
}

await using client = connect({ bootstrap });
const admin = client.admin();
if (!(await admin.listTopics()).includes(TOPIC)) {
  await admin.createTopic({ name: TOPIC, partitions: 3 });
}

/** Resolves with how many of these actions it was told of, once it has read all events. */
const downstream = async (name: string, wanted: UserEvent['action']): Promise<number> => {
  await using consumer = client.consumer<string, UserEvent>({
    topics: [TOPIC],
    groupId: `events-${name}`,
    offsetReset: 'earliest',
    deserializers: { key: string, value: json() },
  });
  let seenCount = 0;
  let wantedCount = 0;
  for await (const { value } of consumer) {
    if (value?.action === wanted) wantedCount += 1;
    seenCount += 1;
    if (seenCount === EVENT_COUNT) break;
  }
  return wantedCount;
};

await using producer = client.producer<string, UserEvent>({ serializers: { value: json() } });
const ACTIONS = ['signed up', 'bought', 'left'] as const;
await producer.sendBatch(
  Array.from({ length: EVENT_COUNT }, (_, at) => {
    const user = `user-${at % 10}`;
    const action = ACTIONS[at % 3] ?? 'left';
    return { topic: TOPIC, key: user, value: { user, action } };
  }),
);

const [welcomed, invoiced] = await Promise.all([
  downstream('mail', 'signed up'),
  downstream('billing', 'bought'),
]);
console.log(`mail has welcomed ${welcomed} users, billing has written ${invoiced} invoices`);
console.log(`analytics comes later, and finds ${await downstream('analytics', 'left')} who left`);
