import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../local/layout.ts';
import type { Platform } from './facts.ts';
import { describePlatform } from './facts.ts';
import { mustRun } from './run-program.ts';

/**
 * A bundle is the package with all packages that it runs with, those of one platform. It is made
 * where `make deploy` runs, once, so that every host gets the same bytes, and needs Node and `tar`
 * but neither npm, nor a registry, nor a compiler.
 */
export interface Bundle {
  /** Version and digest: the same for the same program and packages. */
  readonly release: string;
  /** The platform that it is for; undefined: it can be made for any. */
  readonly platform: Platform | undefined;
  /** A gzipped tar of the directory. */
  archiveFor(platform: Platform): Promise<Uint8Array>;
}

const LABEL = 'bundle.json';
const DIGEST_LETTERS = 10;
/** It becomes the name of a directory. */
const RELEASE = /^[0-9A-Za-z][0-9A-Za-z.+-]*$/;
const NPM_FLAGS = ['--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];

interface Packed {
  readonly tarball: Uint8Array;
  readonly release: string;
}

const withFolder = async <T>(use: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'ottla-bundle-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The package as npm would publish it: its bytes depend on its content only. */
const pack = (): Promise<Packed> =>
  withFolder(async (folder) => {
    const words = ['pack', REPOSITORY, '--ignore-scripts', '--json', '--pack-destination', folder];
    const [{ filename, version }] = JSON.parse((await mustRun('npm', words)).toString()) as [
      { filename: string; version: string },
    ];
    const tarball = readFileSync(join(folder, filename));
    const lock = readFileSync(join(REPOSITORY, 'package-lock.json'));
    const digest = createHash('sha256').update(tarball).update(lock).digest('hex');
    return { tarball, release: `${version}-${digest.slice(0, DIGEST_LETTERS)}` };
  });

const lay = async (
  { tarball, release }: Packed,
  { directory, platform }: { readonly directory: string; readonly platform: Platform },
): Promise<void> => {
  mkdirSync(directory, { recursive: true });
  const unpacking = ['-xzf', '-', '-C', directory, '--strip-components=1', '--no-same-owner'];
  await mustRun('tar', unpacking, { input: tarball });
  copyFileSync(join(REPOSITORY, 'package-lock.json'), join(directory, 'package-lock.json'));
  const { system, architecture, libc } = platform;
  const target = [`--os=${system}`, `--cpu=${architecture}`, `--libc=${libc}`];
  await mustRun('npm', ['ci', ...NPM_FLAGS, ...target], { cwd: directory });
  writeFileSync(join(directory, LABEL), `${JSON.stringify({ release, platform })}\n`);
};

/** Lays this checkout's package, built before, and its packages into a directory. */
export const layBundle = async (directory: string, platform: Platform): Promise<string> => {
  const packed = await pack();
  await lay(packed, { directory, platform });
  return packed.release;
};

/** What this checkout's build made; archives are made when asked for. */
export const bundleOfCheckout = async (): Promise<Bundle> => {
  const packed = await pack();
  const archives = new Map<string, Promise<Uint8Array>>();
  const archive = (platform: Platform): Promise<Uint8Array> =>
    withFolder(async (folder) => {
      const directory = join(folder, 'ottla');
      await lay(packed, { directory, platform });
      return await archiveOf(directory);
    });
  return {
    release: packed.release,
    platform: undefined,
    archiveFor: (platform) => {
      const name = describePlatform(platform);
      const made = archives.get(name) ?? archive(platform);
      archives.set(name, made);
      return made;
    },
  };
};

/** Everything in a directory of `layBundle`, as `bundleInFile` reads it. */
export const archiveOf = async (directory: string): Promise<Uint8Array> =>
  await mustRun('tar', ['-czf', '-', '-C', directory, '.']);

/** A bundle that was made before, by `deploy/pack.ts FILE.tgz`. */
export const bundleInFile = async (path: string): Promise<Bundle> => {
  const label = await mustRun('tar', ['-xzOf', path, `./${LABEL}`]).catch(() => {
    throw new Error(`${path} is no bundle: make one with 'npx tsx deploy/pack.ts ${path}'`);
  });
  const { release, platform } = JSON.parse(label.toString()) as {
    readonly release: string;
    readonly platform: Platform;
  };
  if (!RELEASE.test(release))
    throw new Error(`${path} has a release '${release}', which is no name`);
  return { release, platform, archiveFor: async () => readFileSync(path) };
};

/** The platform of this machine. */
export const ownPlatform = (): Platform => {
  const { header } = process.report.getReport() as {
    readonly header: { readonly glibcVersionRuntime?: string };
  };
  return {
    system: process.platform,
    architecture: process.arch,
    libc: header.glibcVersionRuntime === undefined ? 'musl' : 'glibc',
  };
};
