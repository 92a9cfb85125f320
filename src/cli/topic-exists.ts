import type { OttlaClient } from '../client/client.ts';
import { asOttlaError } from '../client/timing.ts';

/**
 * Whether there is such a topic. A broker that lags may not have heard of it yet: that there is
 * none is only believed where the controller would make it.
 */
export const topicExists = async (client: OttlaClient, name: string): Promise<boolean> => {
  const admin = client.admin();
  if ((await admin.listTopics()).includes(name)) return true;
  try {
    await admin.createTopic({ name }, { validateOnly: true });
    return false;
  } catch (error) {
    return asOttlaError(error).code === 'TOPIC_ALREADY_EXISTS';
  }
};
