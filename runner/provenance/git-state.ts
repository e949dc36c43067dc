import {resolve} from 'node:path';
import type {RunRecord} from '../../schemas/run-record.ts';
import {findRepository} from './find-repository.ts';
import {type IndexEntry, listIndex} from './index-entry.ts';
import {publicRemote} from './public-remote.ts';
import {quietGit, type Repository} from './quiet-git.ts';
import {isAsIndexed} from './work-tree.ts';

/**
 * The commit that a folder is at, whether it is clean, and where it comes from. Null outside a repository, and where
 * git is not there or has no commit yet: a run needs neither. Nothing of the repository's is executed (quiet-git.ts).
 */
export async function gitState(
  directory: string,
  variables: Repository['variables'],
  longestMs = LONGEST_MS,
): Promise<RunRecord['git']> {
  const repository = findRepository(directory, {variables, longestMs});
  const at = repository && (await whereItIs(repository));
  if (repository === undefined || at === undefined) return null;
  const [clean, remote] = await Promise.all([isClean(repository, at.index), remoteOf(repository)]);
  return {commit: at.commit, clean, remote: publicRemote(remote)};
}

/** For one question to git. */
const LONGEST_MS = 20_000;

interface Position {
  readonly commit: string;
  /** The path of its index. */
  readonly index: string;
}

async function whereItIs(repository: Repository): Promise<Position | undefined> {
  const said = await quietGit(repository, ['rev-parse', 'HEAD', '--git-path', 'index']);
  const [commit = '', index = ''] = said?.toString().split('\n') ?? [];
  return /^[0-9a-f]{40,64}$/.test(commit) ? {commit, index: resolve(repository.folder, index)} : undefined;
}

/**
 * Nothing staged, nothing changed, nothing new. `git status` would pass files through the filters of the repository's
 * configuration to find out; here git compares what it has, and the files are hashed by us.
 */
async function isClean(repository: Repository, index: string): Promise<boolean> {
  const staged = await quietGit(repository, [...COMPARE, 'HEAD', '--']);
  if (staged === undefined) return false;
  const entries = await listIndex(repository, index);
  if (entries === undefined || !(await isUnchanged(repository, entries))) return false;
  const others = await quietGit(repository, NEW_FILES);
  return others?.length === 0;
}

async function isUnchanged(repository: Repository, entries: readonly IndexEntry[]): Promise<boolean> {
  try {
    return await isAsIndexed(repository, entries, isSubmoduleAt);
  } catch (error) {
    // What can't be read can't be said to be clean.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

const COMPARE = ['diff-index', '--cached', '--quiet', '--no-ext-diff', '--no-textconv'];
const NEW_FILES = ['ls-files', '--others', '--exclude-standard', '--directory', '--no-empty-directory', '-z'];

async function isSubmoduleAt(submodule: Repository, commit: string): Promise<boolean> {
  const at = await whereItIs(submodule);
  return at?.commit === commit && (await isClean(submodule, at.index));
}

/** As git would ask it, the user's `insteadOf` included. */
async function remoteOf(repository: Repository): Promise<string | undefined> {
  const listed = await quietGit(repository, ['remote']);
  const names = listed?.toString().split('\n') ?? [];
  const name = names.includes('origin') ? 'origin' : names[0];
  if (name === undefined || name === '') return undefined;
  const url = await quietGit(repository, ['remote', 'get-url', '--', name]);
  return url?.toString().split('\n')[0];
}
