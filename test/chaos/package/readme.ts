import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../../deploy/local/layout.ts';

/** The first block of code in a language below a heading of README.md; '' is the top of the page. */
export const sampleOf = (language: 'sh' | 'ts', heading: string): string => {
  const text = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
  const [top = '', ...sections] = text.split('\n## ');
  const section = heading === '' ? top : sections.find((it) => it.startsWith(`${heading}\n`));
  const code = section?.split(`\`\`\`${language}\n`)[1]?.split('\n```')[0];
  if (code === undefined) throw new Error(`README.md has no ${language} sample below '${heading}'`);
  return code;
};
