import { OttlaError } from '../../base/errors.ts';
import { Admin } from '../admin/admin.ts';
import type { ClientContext } from '../context.ts';

/** Throws CONFIG, naming the remedy, where `retryTopic` cannot take the retries of `topic`. */
export const checkRetryTopic = async (
  context: ClientContext,
  topic: string,
  retryTopic: string,
): Promise<void> => {
  const { metadata } = context;
  await metadata.refresh(new Set([topic, retryTopic]));
  const sizeOf = (name: string): number => metadata.view.topics.get(name)?.partitions.length ?? 0;
  const size = sizeOf(topic);
  if (sizeOf(retryTopic) === 0) {
    throw refused(
      retryTopic,
      `does not exist: create it with delay.enable=true and ${size || 'as many'} partitions`,
    );
  }
  if (sizeOf(retryTopic) < size) {
    throw refused(
      retryTopic,
      `has ${sizeOf(retryTopic)} partitions, ${topic} has ${size}: add partitions to it`,
    );
  }
  const configs = await new Admin(context).describeConfigs({ type: 'topic', name: retryTopic });
  if (configs.find(({ key }) => key === 'delay.enable')?.value === 'true') return;
  throw refused(retryTopic, 'holds nothing back: set delay.enable=true on it');
};

const refused = (retryTopic: string, why: string): OttlaError =>
  new OttlaError('CONFIG', `onFailure.retry names ${retryTopic}, which ${why}`);
