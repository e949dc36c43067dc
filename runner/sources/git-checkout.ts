import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {SimpleGit} from 'simple-git';
import {paceLaw, waitLonger} from '../../artifacts/bucket/pace-law.ts';
import {foreignText} from '../../schemas/foreign-text.ts';
import type {FetchContext} from './fetch-context.ts';
import {FetchError} from './fetch-error.ts';
import type {GitRemote} from './git-remote.ts';

/** A git that knows nothing of this user's and this machine's settings, asks nobody, and runs nothing of the repository's. */
export async function openGit(folder: string, remote: GitRemote, context: FetchContext): Promise<SimpleGit> {
  const {simpleGit} = await import('simple-git');
  const {PATH = ''} = context.variables;
  const guarded = {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: remote.protocols.join(':'),
  };
  const git = simpleGit({
    baseDir: folder,
    abort: context.signal,
    config: [...QUIET, ...slowest(context), ...remote.config],
    allowEnvironment: [...Object.keys(guarded), ...Object.keys(remote.trust)],
    unsafe: {allowUnsafeConfigPaths: true, allowUnsafeHooksPath: true, allowUnsafeFsMonitor: true},
  });
  return git.env({
    PATH,
    HOME: folder,
    LC_ALL: 'C',
    ...remote.trust,
    ...guarded,
  });
}

const QUIET: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.autocrlf=false',
  'core.symlinks=true',
  'core.attributesFile=/dev/null',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'advice.detachedHead=false',
  'gc.auto=0',
];

/**
 * The law of pace (artifacts/bucket/pace-law.ts), as git knows it; three windows, for a server that puts much together
 * sends a word now and then, and no more.
 */
function slowest({patienceMs}: FetchContext): readonly string[] {
  const {windowMs, bytes} = paceLaw(3 * patienceMs);
  const perSecond = Math.max(1, Math.floor((bytes * 1000) / windowMs));
  return [`http.lowSpeedLimit=${perSecond}`, `http.lowSpeedTime=${Math.ceil(windowMs / 1000)}`];
}

/** The commit alone where the server gives it so, else all of its branches and tags. */
export async function fetchCommit(git: SimpleGit, {url}: GitRemote, commit: string): Promise<void> {
  await git.raw(['init', '--quiet', '--initial-branch=repro', '.']);
  const fetch = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules'];
  try {
    await git.raw([...fetch, '--depth=1', url, commit]);
  } catch (error) {
    if (!/does not allow request for unadvertised|dumb http transport/.test(messageOf(error))) throw error;
    await git.raw([...fetch, url, '+refs/heads/*:refs/repro/heads/*', '+refs/tags/*:refs/repro/tags/*']);
  }
}

export interface GitEntry {
  readonly mode: string;
  readonly path: string;
  readonly size: number;
}

export async function listCommit(git: SimpleGit, commit: string): Promise<readonly GitEntry[]> {
  const listed = await git.raw(['ls-tree', '-r', '-z', '-l', '--full-tree', commit]);
  return listed.split('\0').flatMap((line) => {
    const [, mode = '', size = '', path = ''] = /^(\d+) \w+ [0-9a-f]+ +(\d+|-)\t([\s\S]+)$/.exec(line) ?? [];
    return path === '' ? [] : [{mode, path, size: size === '-' ? 0 : Number(size)}];
  });
}

/** Above every attribute that the repository itself gives, for every file: the bytes on disk are the blob's. */
const AS_THEY_ARE = '* -text !eol -ident !filter !working-tree-encoding\n';

/** Its files as they are in git, and nothing else in the folder. */
export async function checkOutCommit(git: SimpleGit, folder: string, commit: string): Promise<void> {
  const info = join(folder, '.git', 'info');
  mkdirSync(info, {recursive: true});
  writeFileSync(join(info, 'attributes'), AS_THEY_ARE);
  await git.raw(['checkout', '--quiet', '--force', '--detach', commit]);
  rmSync(join(folder, '.git'), {recursive: true, force: true});
}

/** What git said, in its own words, as an error of ours. */
export function gitTrouble(error: unknown, {url}: GitRemote, commit: string): unknown {
  if (error instanceof FetchError) return error;
  const said = messageOf(error);
  if (/ENOENT/.test(said) && /spawn/.test(said)) {
    return new FetchError('refused', 'git is not installed', {help: 'install git, then run again'});
  }
  if (
    /not our ref|not a tree|bad object|unable to read tree|reference is not a tree|Not a valid object/.test(
      said,
    )
  ) {
    return new FetchError('not-there', `${url} has no commit ${commit}`, {cause: error});
  }
  const [line = said] = /(?:fatal|error): .*/.exec(said) ?? [];
  if (/too slow|Operation too slow|timed out/i.test(line)) {
    return new FetchError('unreachable', `${url}: ${foreignText(line)}`, {
      cause: error,
      help: waitLonger(paceLaw()),
    });
  }
  return new FetchError('unreachable', `${url}: ${foreignText(line)}`, {
    cause: error,
    help: 'try again; if git says the same, fetch it yourself and name it as `file:`',
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
