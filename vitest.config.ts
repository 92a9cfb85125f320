import { defineConfig } from 'vitest/config';
import { plantedFault } from './test/sim/planted/plant.ts';

/** One project a kind of test, so that `vitest run --project unit` is the fast inner loop. */
const project = (name: string, testTimeout: number) => ({
  plugins: name === 'sim' ? [plantedFault()] : [],
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', 10_000),
      project('contract', 20_000),
      project('sim', 60_000),
      project('chaos', 120_000),
      project('compat', 120_000),
    ],
    passWithNoTests: true,
    pool: 'forks',
  },
});
