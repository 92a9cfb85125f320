import { describe, expect, test } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import type { Decision } from '../../../src/controller/decision.ts';
import { MetadataWriter } from '../../../src/controller/metadata-writer.ts';
import type { MetadataRecord } from '../../../src/gen/ottla.ts';
import type { MetadataImage } from '../../../src/metadata/image.ts';
import { MetadataLoader } from '../../../src/metadata/loader.ts';
import { partitionChangeRecord, topicRecord } from '../../../src/metadata/records.ts';
import { drainPromises } from '../../support/manual-clock.ts';
import { FakeRaft } from './fake-raft.ts';

const setUp = () => {
  const loader = new MetadataLoader();
  const raft = new FakeRaft({ nodeId: 1, loader });
  raft.lead(3);
  const writer = new MetadataWriter({ raft, image: loader.image, term: 3 });
  loader.subscribe((image) => writer.onImage(image));
  return { loader, raft, writer };
};

const records = (...list: MetadataRecord[]): Decision<number> => ({
  records: list,
  respond: (index) => index,
});

/** Creates the topic where the image has none; refuses otherwise. */
const create =
  (name: string) =>
  (image: MetadataImage): Decision<number> => {
    if (image.topicIdsByName.has(name)) throw new OttlaError('TOPIC_ALREADY_EXISTS', name);
    return records(topicRecord(`id-${name}-${image.index}`, name));
  };

const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  await drainPromises();
  return settled;
};

describe('the writer', () => {
  test('answers after the commit, with the index of the entry', async () => {
    const { raft, writer } = setUp();
    const answer = writer.submit(create('t'));
    const before = await isSettled(answer);

    raft.commit();

    expect(before).toBe(false);
    expect(await answer).toBe(raft.status().lastIndex);
  });

  test('decides on what is proposed already: one of two that exclude each other fails', async () => {
    const { raft, writer } = setUp();

    const first = writer.submit(create('t'));
    const second = writer.submit(create('t'));
    const refusal = expect(second).rejects.toMatchObject({ code: 'TOPIC_ALREADY_EXISTS' });
    raft.commit();

    await first;
    await refusal;
    expect(raft.proposedCount).toBe(1);
  });

  test('shows nothing of what is not committed to a request without records', async () => {
    const { raft, writer } = setUp();
    void writer.submit(create('t'));

    const reader = writer.submit((image) => ({ records: [], respond: () => image.topics.size }));
    const before = await isSettled(reader);
    raft.commit();

    expect(before).toBe(false);
    expect(await reader).toBe(1);
  });

  test('answers a request without records at once when all is committed', async () => {
    const { writer } = setUp();

    await expect(writer.submit(() => records())).resolves.toBe(0);
  });

  test('answers in the order of commit, not before', async () => {
    const { raft, writer } = setUp();
    const first = writer.submit(create('a'));
    const second = writer.submit(create('b'));

    raft.commit(1);

    await first;
    expect(await isSettled(second)).toBe(false);
  });

  test('never proposes a batch that cannot apply', async () => {
    const { raft, writer } = setUp();

    const answer = writer.submit(() => records(partitionChangeRecord('gone', 0, {})));

    await expect(answer).rejects.toMatchObject({ name: 'InvariantViolation' });
    expect(raft.proposedCount).toBe(0);
  });

  test('keeps nothing of a proposal that raft refuses', async () => {
    const { raft, writer } = setUp();
    raft.refuseNext();

    const refused = writer.submit(create('t'));

    await expect(refused).rejects.toMatchObject({ code: 'NOT_CONTROLLER' });
    expect(writer.image.topics.size).toBe(0);
  });

  test('fails all that waits, and all that comes, when it is closed', async () => {
    const { writer } = setUp();
    const waiting = writer.submit(create('t'));

    writer.close();

    await expect(waiting).rejects.toMatchObject({ code: 'NOT_CONTROLLER' });
    await expect(writer.submit(create('u'))).rejects.toMatchObject({ code: 'NOT_CONTROLLER' });
  });

  test('takes no entry of a later term at the same index for its own', async () => {
    const { loader, raft, writer } = setUp();
    const waiting = writer.submit(create('mine'));

    raft.overwrite(4, [topicRecord('id-theirs', 'theirs')]);

    await expect(waiting).rejects.toMatchObject({ code: 'NOT_CONTROLLER' });
    expect(loader.image.topicIdsByName.has('theirs')).toBe(true);
  });

  test('takes no entry of an earlier term at the same index for its own', async () => {
    const { raft, writer } = setUp();
    const waiting = writer.submit(create('mine'));

    raft.overwrite(2, [topicRecord('id-theirs', 'theirs')]);

    expect(await isSettled(waiting)).toBe(false);
    writer.close();
    await expect(waiting).rejects.toMatchObject({ code: 'NOT_CONTROLLER' });
  });
});
