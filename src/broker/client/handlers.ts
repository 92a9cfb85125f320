import type { Handler } from '../../env/transport.ts';
import { adminHandlers } from './admin.ts';
import { backlogHandler } from './backlog.ts';
import type { ClientContext } from './context.ts';
import { delayedHandlers } from './delayed.ts';
import { deleteRecordsHandler } from './delete-records.ts';
import { describeHandlers } from './describe.ts';
import { fetchHandler } from './fetch.ts';
import { groupHandlers } from './groups.ts';
import { listOffsetsHandlers } from './list-offsets.ts';
import { metadataHandler } from './metadata.ts';
import { produceHandler } from './produce.ts';
import { initProducerIdHandler } from './producer-ids.ts';

/** Every method of ClientService and GroupService. */
export const clientHandlers = (context: ClientContext): Handler[] => [
  produceHandler(context),
  fetchHandler(context),
  metadataHandler(context),
  initProducerIdHandler(context),
  ...listOffsetsHandlers(context),
  backlogHandler(context),
  deleteRecordsHandler(context),
  ...delayedHandlers(context),
  ...adminHandlers(context),
  ...describeHandlers(context),
  ...groupHandlers(context),
];
