import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Edit, Planted } from './fault.ts';
import { PLANTED } from './planted.ts';

/** The fault that this process runs with, by name; none in every run but those of the planter. */
const CHOICE = 'OTTLA_PLANTED';

/** The source with the fault in it. Throws where the line to replace is not there once. */
export const planted = ({ path, original, fault }: Edit, source: string): string => {
  if (source.split(original).length !== 2) throw new Error(`${path} has not once: ${original}`);
  return source.replace(original, () => fault);
};

/** A step of the loader that puts the chosen fault into its file; nothing on disk changes. */
export const plantedFault = () => {
  const name = process.env[CHOICE];
  const fault = PLANTED.find((it) => it.name === name);
  if (name !== undefined && fault === undefined)
    throw new Error(`no planted fault is named ${name}`);
  const edits: readonly Edit[] = fault === undefined ? [] : [fault, ...(fault.also ?? [])];
  return {
    name: 'planted-fault',
    enforce: 'pre' as const,
    transform: (_code: string, id: string): string | undefined => {
      const ofFile = edits.filter(({ path }) => resolve(path) === id);
      if (ofFile.length === 0) return undefined;
      return ofFile.reduce((source, edit) => planted(edit, source), readFileSync(id, 'utf8'));
    },
  };
};

/** The environment of a process that runs with this fault. */
export const environmentOf = ({ name }: Planted): NodeJS.ProcessEnv => ({
  ...process.env,
  [CHOICE]: name,
});

const chosen = PLANTED.find(({ name }) => name === process.env[CHOICE]);
const AIMED_AT: ReadonlySet<string> = new Set(PLANTED.flatMap(({ property }) => property ?? []));

/** Whether a broken property ends this run: not where a fault is planted that aims at another one. */
export const isLookedFor = (property: string): boolean =>
  chosen?.property === undefined || chosen.property === property || !AIMED_AT.has(property);
