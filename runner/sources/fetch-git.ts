import {randomBytes} from 'node:crypto';
import {mkdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {describeIngestFailure} from '../../artifacts/ingest-failure.ts';
import {ownedName} from '../../artifacts/owner.ts';
import {digestTree} from '../../artifacts/trees/digest-tree.ts';
import {ingestTree} from '../../artifacts/trees/ingest.ts';
import type {TreeArtifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {SourceLocation} from '../../schemas/plan.ts';
import type {Result} from '../../schemas/result.ts';
import {checkList} from './check-list.ts';
import type {FetchContext, Fetched} from './fetch-context.ts';
import {FetchError} from './fetch-error.ts';
import {checkOutCommit, fetchCommit, type GitEntry, gitTrouble, listCommit, openGit} from './git-checkout.ts';
import {findGitRemote, type GitRemote} from './git-remote.ts';

type GitLocation = Extract<SourceLocation, {from: 'git'}>;

/** A repository's files at a commit, byte for byte as git has them, without its history. `local` is for tests. */
export async function fetchGit(
  {url, commit}: GitLocation,
  pin: Digest | undefined,
  context: FetchContext,
  local: readonly string[] = [],
): Promise<Fetched> {
  const remote =
    local.length > 0 ? {url, config: [], protocols: local, trust: {}} : await findGitRemote(url, context);
  const name = `git-${randomBytes(6).toString('hex')}`;
  const folder = join(context.scratch, ownedName(context.owner, name));
  mkdirSync(folder, {recursive: true, mode: 0o700});
  try {
    const notes = await layDown(folder, remote, commit, context);
    return {artifact: await takeTree(folder, pin, context), notes};
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

async function layDown(
  folder: string,
  remote: GitRemote,
  commit: string,
  context: FetchContext,
): Promise<readonly string[]> {
  try {
    const git = await openGit(folder, remote, context);
    await fetchCommit(git, remote, commit);
    const entries = await listCommit(git, commit);
    const notes = judge(entries, context.limit);
    await checkOutCommit(git, folder, commit);
    return notes;
  } catch (error) {
    context.signal.throwIfAborted();
    throw gitTrouble(error, remote, commit);
  }
}

const LINK = '120000';
const SUBMODULE = '160000';

function judge(entries: readonly GitEntry[], limit: number): readonly string[] {
  const link = entries.find(({mode}) => mode === LINK);
  if (link !== undefined) {
    throw new FetchError(
      'malformed',
      `${JSON.stringify(link.path)} is a symbolic link; only regular files are taken`,
    );
  }
  const modules = entries.filter(({mode}) => mode === SUBMODULE);
  checkList(
    entries.filter(({mode}) => mode !== SUBMODULE),
    limit,
  );
  return modules.map(({path}) => `left out: the submodule ${path}`);
}

async function takeTree(
  folder: string,
  pin: Digest | undefined,
  {store}: FetchContext,
): Promise<TreeArtifact> {
  const {artifact} = unwrap(digestTree(folder));
  if (pin !== undefined && artifact.digest !== pin) {
    throw new FetchError(
      'wrong-bytes',
      `its ${artifact.files} files are together ${artifact.digest}, and its pin says ${pin}`,
    );
  }
  return unwrap(await ingestTree(store, folder, {mode: 'link'}));
}

function unwrap<T>(taken: Result<T, Parameters<typeof describeIngestFailure>[0]>): T {
  if (taken.ok) return taken.value;
  throw new FetchError('malformed', describeIngestFailure(taken.error));
}
