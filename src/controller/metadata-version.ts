import type { MetadataImage } from '../metadata/image.ts';
import { METADATA_VERSION_MAX } from '../metadata/image.ts';
import { metadataVersionRecord } from '../metadata/records.ts';
import type { Decision } from './decision.ts';
import { Plan } from './decision.ts';

/**
 * The highest level that this controller and every registered broker understand, one that is down
 * too: it will come back. The level never sinks. Controllers that are no brokers are not asked:
 * they are to be brought to a new release before the last broker is.
 */
export const decideMetadataVersion = (image: MetadataImage): Decision<void> => {
  const plan = new Plan(image);
  const levels = [...image.brokers.values()].map((broker) => broker.maxMetadataVersion);
  const level = Math.min(METADATA_VERSION_MAX, ...levels);
  if (level > image.metadataVersion) plan.emit(metadataVersionRecord(level));
  return plan.answer(undefined);
};
