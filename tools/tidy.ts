import { fileURLToPath } from 'node:url';
import { describeFinding, describeSizes } from './tidy/report.ts';
import { checkAll } from './tidy/rules.ts';
import { parseModules, readTree } from './tidy/source.ts';

/** Checks the text of the project against its own rules; writes nothing. Exit status 1 on a finding. */
function main(): void {
  const tree = readTree(fileURLToPath(new URL('..', import.meta.url)));
  const modules = parseModules(tree);
  const findings = checkAll(tree, modules);
  const failures = findings.filter(({ severity }) => severity === undefined);
  const warnings = findings.filter(({ severity }) => severity === 'warning');

  console.log(describeSizes(modules));
  for (const warning of warnings) console.log(`warning ${describeFinding(warning)}`);
  for (const failure of failures) console.error(describeFinding(failure));
  console.log(
    `tidy: ${modules.length} files, ${failures.length} failures, ${warnings.length} warnings`,
  );
  process.exitCode = failures.length === 0 ? 0 : 1;
}

main();
