import {accessSync, constants, readFileSync, statSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';

/**
 * Where the kernel lets us make control groups that limit memory and processes. Version 2 where a subtree is ours
 * (root, or a user's own systemd scope); version 1 where we may write to its folders, which is root's.
 */
export interface GroupHome {
  readonly version: 1 | 2;
  readonly controllers: readonly ('memory' | 'pids')[];
  /** The folder of the group that this process is in. */
  readonly own: string;
  /** Where new ones are made. */
  readonly base: string;
}

/** Both limits or none: a home for each controller, or for both. `root` is for tests. */
export function findControlGroups(root = '/'): readonly GroupHome[] {
  const memberships = readLines(join(root, 'proc/self/cgroup')).map((line) => line.split(':'));
  const mounts = readLines(join(root, 'proc/self/mounts')).map((line) => line.split(' '));
  return second(memberships, mounts, root) ?? first(memberships, mounts, root) ?? [];
}

type Words = readonly (readonly string[])[];

/** The new group goes beside ours: one that has processes of its own can't have groups that share its memory. */
function second(memberships: Words, mounts: Words, root: string): readonly GroupHome[] | undefined {
  const mount = mounts.find(([, , type]) => type === 'cgroup2')?.[1];
  const path = memberships.find(([id]) => id === '0')?.[2];
  if (mount === undefined || path === undefined) return undefined;
  const own = ownFolder(join(root, mount), path);
  const base = own === join(root, mount) ? own : dirname(own);
  const given = readLines(join(base, 'cgroup.subtree_control')).join(' ').split(' ');
  const usable = CONTROLLERS.every((name) => given.includes(name)) && [own, base].every(isWritable);
  return usable ? [{version: 2, controllers: CONTROLLERS, own, base}] : undefined;
}

function first(memberships: Words, mounts: Words, root: string): readonly GroupHome[] | undefined {
  const homes = CONTROLLERS.flatMap((controller): readonly GroupHome[] => {
    const mount = mounts.find(
      ([, , type, options = '']) => type === 'cgroup' && options.split(',').includes(controller),
    )?.[1];
    const path = memberships.find(([, names = '']) => names.split(',').includes(controller))?.[2];
    if (mount === undefined || path === undefined) return [];
    const own = ownFolder(join(root, mount), path);
    return isWritable(own) ? [{version: 1, controllers: [controller], own, base: own}] : [];
  });
  return homes.length === CONTROLLERS.length ? homes : undefined;
}

const CONTROLLERS = ['memory', 'pids'] as const;

/** In a container the path is the host's, and what is mounted is our own group. */
function ownFolder(mount: string, path: string): string {
  const folder = resolve(mount, `.${path}`);
  return statSync(folder, {throwIfNoEntry: false})?.isDirectory() === true ? folder : mount;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false; // Absent, not ours, or mounted read-only.
  }
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return []; // No such thing on this system.
  }
}
