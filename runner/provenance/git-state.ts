import type {RunRecord} from '../../schemas/run-record.ts';

/** The commit that a folder is at, whether it is clean, and where it comes from. Null outside a repository. */
export async function gitState(directory: string): Promise<RunRecord['git']> {
  const {simpleGit} = await import('simple-git');
  const git = simpleGit(directory);
  try {
    if (!(await git.checkIsRepo())) return null;
    const commit = await git.revparse(['HEAD']);
    const status = await git.status();
    const remotes = await git.getRemotes(true);
    return {commit, clean: status.isClean(), remote: withoutSecrets(remotes[0]?.refs.fetch)};
  } catch {
    return null; // No git on the PATH, or no commit yet: a run needs neither.
  }
}

/** A remote may be written with a password or a token in it; a record is made to be published. */
function withoutSecrets(remote: string | undefined): string | null {
  return remote === undefined || remote === '' ? null : remote.replace(/^([a-z+]+:\/\/)[^@/]*@/, '$1');
}
