import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminSuite } from './suites/admin.ts';
import { compactedSuite } from './suites/compacted.ts';
import { cooperativeGroupsSuite } from './suites/cooperative-groups.ts';
import { delayedSuite } from './suites/delayed.ts';
import { fetchesSuite } from './suites/fetches.ts';
import { groupsSuite } from './suites/groups.ts';
import { leaderEpochsSuite } from './suites/leader-epochs.ts';
import { leaderKillSuite } from './suites/leader-kill.ts';
import { mixedGroupsSuite } from './suites/mixed-groups.ts';
import { readerKillSuite } from './suites/reader-kill.ts';
import { recordsSuite } from './suites/records.ts';
import { seekSuite } from './suites/seek.ts';
import { settingsSuite } from './suites/settings.ts';
import { staticMembersSuite } from './suites/static-members.ts';
import { toolsSuite } from './suites/tools.ts';
import { transactionsSuite } from './suites/transactions.ts';
import { prepareClients } from './support/clients.ts';
import { CompatSuite } from './support/suite.ts';

const isStrict = process.env['COMPAT_STRICT'] === '1';

/** One cluster and one installation for all suites of the run. */
const suite = new CompatSuite(await prepareClients());

beforeAll(() => suite.start(), 60_000);

afterAll(async () => {
  await suite.stop();
  const names = suite.missing.map(({ name, reason }) => `${name}: ${reason}`);
  const line =
    names.length === 0 ? 'compat: every client was run' : `compat: not run: ${names.join('; ')}`;
  process.stdout.write(`${line}\n`);
});

describe.skipIf(!isStrict)('with COMPAT_STRICT=1', () => {
  it('no client is missing but those that no machine can run', () => {
    expect(suite.missing.filter(({ isExpected }) => isExpected !== true)).toEqual([]);
  });
});

recordsSuite(suite);
seekSuite(suite);
adminSuite(suite);
settingsSuite(suite);
compactedSuite(suite);
delayedSuite(suite);
toolsSuite(suite);
transactionsSuite(suite);
fetchesSuite(suite);
leaderEpochsSuite(suite);
leaderKillSuite(suite);
readerKillSuite(suite);
groupsSuite(suite);
mixedGroupsSuite(suite);
cooperativeGroupsSuite(suite);
staticMembersSuite(suite);
