import type { Finding, Import, Module, SourceTree } from './source.ts';
import { GENERATED, isWithin } from './source.ts';

interface Room {
  /** A folder, or a single file such as the package's door. */
  readonly folder: string;
  /** `side` rooms stand beside the house: their own rule is in `refusal`. */
  readonly floor: number | 'side';
  /** The highest floor it may import from, where that is lower than the one below it. */
  readonly importFloorMax?: number;
}

/** The house. An import points to a lower floor or stays in its own room. */
export const ROOMS: readonly Room[] = [
  { folder: 'src/base', floor: 0 },
  { folder: 'src/env', floor: 1 },
  { folder: 'src/gen', floor: 1 },
  { folder: 'src/record', floor: 1 },
  { folder: 'src/kafka/wire', floor: 1 },
  { folder: 'src/log', floor: 2 },
  { folder: 'src/raft/core', floor: 2, importFloorMax: 0 },
  { folder: 'src/raft', floor: 3 },
  { folder: 'src/metadata', floor: 3 },
  { folder: 'src/controller', floor: 4 },
  { folder: 'src/broker', floor: 4 },
  { folder: 'src/rpc', floor: 5 },
  { folder: 'src/client', floor: 5, importFloorMax: 1 },
  { folder: 'src/kafka', floor: 5 },
  { folder: 'src/app', floor: 6 },
  { folder: 'src/cli', floor: 7 },
  { folder: 'src/console', floor: 7 },
  { folder: 'src/testing', floor: 7 },
  { folder: 'src/index.ts', floor: 7 },
  { folder: 'src/platform', floor: 'side', importFloorMax: 1 },
];

/** Only composition may choose the real world over a simulated one. */
const PLATFORM_USER_FLOOR_MIN = 6;

/** Files that are started or published rather than imported. */
export const ENTRY_POINTS: readonly string[] = [
  'src/index.ts',
  'src/testing/index.ts',
  'src/cli/main.ts',
];

/** The layout other tools and people rely on. */
export const REQUIRED_PATHS: readonly string[] = [
  'package.json',
  'tsconfig.json',
  'proto',
  'src',
  'src/raft',
  'src/broker',
  'src/controller',
  'deploy',
  'test',
  'test/chaos',
  'Makefile',
];

/** The innermost room a path lies in. */
export function roomOf(path: string): Room | undefined {
  return ROOMS.filter((room) => isWithin(path, room.folder)).sort(
    (a, b) => b.folder.length - a.folder.length,
  )[0];
}

export function checkFloors(modules: readonly Module[]): Finding[] {
  return modules
    .filter((module) => isWithin(module.path, 'src'))
    .flatMap((module) => {
      const room = roomOf(module.path);
      if (room === undefined) return [homeless(module)];
      return module.imports.flatMap((entry) => floorFinding(module, room, entry));
    });
}

function homeless(module: Module): Finding {
  return {
    path: module.path,
    line: 0,
    rule: 'floor',
    what: 'the file lies in no room of the house',
    remedy: 'move it into one, or give its folder a floor in tools/tidy/layers.ts',
  };
}

function floorFinding(module: Module, room: Room, entry: Import): Finding[] {
  if (entry.target === undefined) return [];
  const target = roomOf(entry.target);
  const what =
    target === undefined ? `leaves the house for ${entry.target}` : refusal(room, target);
  if (what === undefined) return [];
  return [
    {
      path: module.path,
      line: entry.line,
      rule: 'floor',
      what: `${what} (${entry.specifier})`,
      remedy: 'pass it in through an interface, or move the shared part to a lower floor',
    },
  ];
}

/** Why `room` may not import from `target`, or undefined where it may. */
function refusal(room: Room, target: Room): string | undefined {
  if (room.folder === target.folder) return undefined;
  const describe = (it: Room): string => `${it.folder} (floor ${it.floor})`;
  const pair = `${describe(room)} imports ${describe(target)}`;
  if (target.floor === 'side') {
    const isUser = room.floor !== 'side' && room.floor >= PLATFORM_USER_FLOOR_MIN;
    return isUser ? undefined : `${pair}: only floors ${PLATFORM_USER_FLOOR_MIN} and up may`;
  }
  if (room.importFloorMax !== undefined && target.floor > room.importFloorMax) {
    return `${pair}: it may use floors up to ${room.importFloorMax}`;
  }
  if (room.floor === 'side' || target.floor < room.floor) return undefined;
  return target.floor === room.floor ? `${pair}: sideways` : `${pair}: upward`;
}

/** One finding a knot of files that import each other, types included. */
export function checkCircles(modules: readonly Module[]): Finding[] {
  const targets = new Map(
    modules.map((module) => [module.path, module.imports.flatMap((entry) => entry.target ?? [])]),
  );
  const reported = new Set<string>();
  return modules.flatMap((module) => {
    if (reported.has(module.path)) return [];
    const circle = shortestCircle(module.path, targets);
    if (circle === undefined) return [];
    for (const path of circle) reported.add(path);
    return [
      {
        path: module.path,
        line: module.imports.find((entry) => entry.target === circle[1])?.line ?? 0,
        rule: 'circle',
        what: circle.join(' -> '),
        remedy: 'move what both need into a third file (type imports count too)',
      },
    ];
  });
}

/** The shortest way from a file back to itself, both ends named; breadth first. */
function shortestCircle(
  start: string,
  targets: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const path of queue) {
    for (const target of targets.get(path) ?? []) {
      if (target === start) return [...trail(path, cameFrom), start];
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, path);
      queue.push(target);
    }
  }
  return undefined;
}

function trail(end: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const path = [end];
  for (let at = cameFrom.get(end); at !== undefined; at = cameFrom.get(at)) path.unshift(at);
  return path;
}

/** A file nothing imports fails; one that only tests import is dead weight with a witness. */
export function checkDeadFiles(modules: readonly Module[]): Finding[] {
  const importers = new Map<string, string[]>();
  for (const module of modules) {
    for (const { target } of module.imports) {
      if (target !== undefined && target !== module.path) {
        importers.set(target, [...(importers.get(target) ?? []), module.path]);
      }
    }
  }
  return modules
    .filter(({ path }) => isWithin(path, 'src') && !isWithin(path, GENERATED))
    .filter(({ path }) => !ENTRY_POINTS.includes(path))
    .flatMap(({ path }) => deadFinding(path, importers.get(path) ?? []));
}

function deadFinding(path: string, importers: readonly string[]): Finding[] {
  if (importers.some((importer) => isWithin(importer, 'src'))) return [];
  const finding = { path, line: 0, rule: 'dead-file', remedy: 'use it or delete it' };
  if (importers.length === 0) return [{ ...finding, what: 'nothing imports this file' }];
  return [{ ...finding, what: 'only files outside src import this file', severity: 'warning' }];
}

export function checkRequiredPaths(tree: SourceTree): Finding[] {
  const paths = [...tree.keys()];
  return REQUIRED_PATHS.filter((required) => !paths.some((path) => isWithin(path, required))).map(
    (required) => ({
      path: required,
      line: 0,
      rule: 'required-path',
      what: 'this file or folder must exist and hold something',
      remedy: 'bring it back: deployment, tests and other tools name it',
    }),
  );
}
