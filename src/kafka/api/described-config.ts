import type { DescribeConfigsResponse } from '../wire/messages/configs.ts';
import { CONFIG_SOURCES } from './config-source.ts';
import type { BrokerSetting } from './context.ts';

/** A setting as DescribeConfigs tells it. */
export type Described = DescribeConfigsResponse['results'][number]['configs'][number];

/** A value that one place has for a setting, and which place that is. */
export type Synonym = NonNullable<Described['synonyms']>[number];

/** Kafka's numbers of types. */
const TYPES: Readonly<Record<BrokerSetting['type'], number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  long: 5,
  double: 6,
  list: 7,
};

export interface DescribedSpec {
  readonly name: string;
  readonly type: BrokerSetting['type'];
  readonly doc: string;
  readonly readOnly?: boolean;
}

/** The first of its synonyms is in force; without any it has no value. */
export const describedConfig = (
  { name, type, doc, readOnly = false }: DescribedSpec,
  synonyms: Synonym[],
): Described => {
  const [inForce] = synonyms;
  return {
    name,
    value: inForce?.value ?? null,
    readOnly,
    configSource: inForce?.source ?? CONFIG_SOURCES.default,
    isSensitive: false,
    synonyms,
    configType: TYPES[type],
    documentation: doc,
  };
};
