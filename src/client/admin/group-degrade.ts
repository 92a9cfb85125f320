import type { DegradeOptions } from '../degrade/degrade.ts';
import { checkDegrade } from '../degrade/degrade.ts';
import type { TimedCallOptions } from '../env.ts';
import type { ConfigAlteration, ConfigResource, ConfigValue } from './admin-types.ts';

/** Those of `Admin`, as the administration of groups needs them. */
export interface GroupConfigs {
  alterConfigs(alterations: readonly ConfigAlteration[], options?: TimedCallOptions): Promise<void>;
  describeConfigs(resource: ConfigResource, options?: TimedCallOptions): Promise<ConfigValue[]>;
}

const SKIP_OLDER_THAN = 'degrade.skip.older.than.ms';
const SAMPLE = 'degrade.sample';
const PAUSE = 'degrade.pause';

/** What is not named is off. */
export const degradeChanges = (groupId: string, options: DegradeOptions): ConfigAlteration[] => {
  const { skipOlderThanMs, sample, pause } = checkDegrade(options);
  const value = {
    [SKIP_OLDER_THAN]: skipOlderThanMs ?? null,
    [SAMPLE]: sample === undefined ? null : decimal(sample),
    [PAUSE]: pause === true ? true : null,
  };
  return Object.entries(value).map(([key, to]) => ({
    type: 'group',
    name: groupId,
    key,
    value: to,
  }));
};

export const degradeIn = (values: readonly ConfigValue[]): DegradeOptions => {
  const set = new Map(
    values.flatMap(({ key, value, isDefault }) => (isDefault ? [] : [[key, value] as const])),
  );
  const numberOf = (key: string): number | undefined => {
    const text = set.get(key);
    return text === undefined ? undefined : Number(text);
  };
  return {
    skipOlderThanMs: numberOf(SKIP_OLDER_THAN),
    sample: numberOf(SAMPLE),
    pause: set.get(PAUSE) === 'true',
  };
};

/** Never in the form 1e-7, which brokers do not read. */
const decimal = (share: number): string => share.toFixed(17).replace(/\.?0+$/, '');
