import type { Planted } from './fault.ts';

const REPLICAS = 'src/broker/replica-manager.ts';
const SCENARIOS = 'log-directories';

/** What is planted where a broker has several log directories, and one is not there. */
export const PLANTED_IN_DIRECTORIES: readonly Planted[] = [
  {
    name: 'make-a-replica-anew-that-is-away',
    path: REPLICAS,
    original: 'if (!this.#offline.isGone(key) && !this.#offline.isAway(key)) return false;',
    fault: 'if (!this.#offline.isGone(key)) return false;',
    also: [
      {
        path: REPLICAS,
        original: 'this.#partitions.has(key) || this.#offline.isAway(key)) return;',
        fault: 'this.#partitions.has(key)) return;',
      },
      { path: REPLICAS, original: 'if (this.#offline.isAway(key)) return;', fault: '' },
    ],
    finder: { scenarios: SCENARIOS, name: 'has nothing made in place of what is in it' },
    property: 'one-place',
  },
  {
    name: 'leave-a-replica-eligible-that-is-away',
    path: 'src/controller/withdrawal.ts',
    original: "(mayReturn.has(keyOf(ref)) ? 'forgot' : 'lost')",
    fault: "(mayReturn.has(keyOf(ref)) ? ('away' as 'forgot') : 'lost')",
    also: [
      {
        path: 'src/controller/sessions.ts',
        original: 'const unusable = [...beat.damaged, ...beat.offline];',
        fault: 'const unusable = [...beat.damaged];',
      },
    ],
    finder: { scenarios: SCENARIOS, name: 'has none of its replicas elected' },
    property: 'away-never-leads',
  },
  {
    name: 'report-what-is-away-after-the-unfencing',
    path: 'src/broker/broker-node.ts',
    original: 'if (logs.failure !== undefined) this.onDirectoryFailure();',
    fault: 'this.#lifecycle.setReady();',
    finder: { scenarios: SCENARIOS, name: 'has none of its replicas elected' },
    property: 'away-never-leads',
  },
  {
    name: 'count-a-replica-that-is-away-as-lost',
    path: 'src/controller/withdrawal.ts',
    original: "(mayReturn.has(keyOf(ref)) ? 'forgot' : 'lost')",
    fault: "(mayReturn.has(keyOf(ref)) ? ('lost' as const) : 'lost')",
    finder: { scenarios: SCENARIOS, name: 'is waited for by what only its replica has' },
  },
  {
    name: 'make-a-given-up-replica-anew-too-early',
    path: REPLICAS,
    original: 'if (!isTrusted) this.#offline.settleGone(key);',
    fault: 'this.#offline.settleGone(key);',
    finder: { scenarios: SCENARIOS, name: 'made in place of what the cluster counts on' },
  },
  {
    name: 'note-the-directories-after-the-first-replica',
    path: 'src/app/node-directories.ts',
    original: 'await keep(disk, metadataDir, { noted: now, isPlain });',
    fault:
      'if (found.some(({ path }) => disk.list(path).some(({ name }) => parsePartitionName(name)))) {\n    await keep(disk, metadataDir, { noted: now, isPlain });\n  }',
    // Where the metadata is apart it would be written when that directory is found to hold nothing.
    also: [
      {
        path: 'src/app/node-directories.ts',
        original: 'forgetGivenUp: () => note.forget(rest.filter((one) => !isAway(one))),',
        fault: 'forgetGivenUp: () => Promise.resolve(),',
      },
      // Nor for the sake of copies there, which would then be older ones.
      {
        path: 'src/app/directory-note.ts',
        original: 'if (this.#savedCount < this.#changeCount) await this.#save();',
        fault: 'void this.#savedCount;',
      },
    ],
    finder: { scenarios: SCENARIOS, name: 'has nothing made in place of what is in it' },
  },
  {
    name: 'make-a-replica-without-noting-it',
    path: 'src/app/outdated-copies.ts',
    original: 'await directories.note?.onMaking(replica, place);',
    fault: 'void [replica, place];',
    finder: { scenarios: SCENARIOS, name: 'has its older copy trusted no more' },
  },
  {
    name: 'go-on-in-a-directory-that-failed',
    path: REPLICAS,
    original: 'if (replica !== undefined) this.#fail(replica, failure);',
    fault: 'void replica;',
    finder: { scenarios: SCENARIOS, name: 'its broker goes on with the others' },
    property: 'failed-is-offline',
  },
  {
    name: 'end-all-replicas-with-one-directory',
    path: REPLICAS,
    original: 'const away = this.#offline.addAway(logs.map(refOfReplica));',
    fault:
      'this.failAll(failure);\n      const away = this.#offline.addAway(logs.map(refOfReplica));',
    finder: { scenarios: SCENARIOS, name: 'its broker goes on with the others' },
    property: 'others-go-on',
  },
  {
    name: 'end-the-broker-with-one-directory',
    path: 'src/log/log-directories.ts',
    original: 'const last = failed.length === this.#managers.length ? failed[0] : undefined;',
    fault: 'const last = failed[0];',
    finder: { scenarios: SCENARIOS, name: 'its broker goes on with the others' },
  },
];
