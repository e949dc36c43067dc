import {execFile} from 'node:child_process';
import {once} from 'node:events';

/**
 * A repository that may be anybody's: an unpacked archive has a `.git/config` too. `folder` is its work tree, whatever
 * that configuration says.
 */
export interface Repository {
  readonly folder: string;
  /** Of the user's: PATH, and HOME for what the user told git. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** A configuration may include a pipe that nobody writes to. */
  readonly longestMs: number;
}

/**
 * Runs git on it with all turned off that its configuration could make git execute: hooks, the file system monitor,
 * pagers, transports (by which a partial clone would fetch what it lacks). Only commands that read the index, the
 * refs and the configuration may be run so: none of them passes a file through a filter of the repository's.
 * Undefined where git fails, is not there, or takes too long.
 */
export async function quietGit(
  {folder, variables, longestMs}: Repository,
  argv: readonly string[],
): Promise<Buffer | undefined> {
  const given = Object.entries(variables).filter(([name]) => !name.startsWith('GIT_'));
  const child = execFile(
    'git',
    ['--no-pager', '--literal-pathspecs', ...OFF.flatMap((setting) => ['-c', setting]), ...argv],
    {
      cwd: folder,
      encoding: 'buffer',
      timeout: longestMs,
      killSignal: 'SIGKILL',
      maxBuffer: MOST_BYTES,
      env: {...Object.fromEntries(given), ...ENVIRONMENT, GIT_DIR: `${folder}/.git`, GIT_WORK_TREE: folder},
    },
  );
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin?.end();
  try {
    const [code] = await once(child, 'close');
    return code === 0 ? Buffer.concat(chunks) : undefined;
  } catch {
    return undefined; // There is no git.
  }
}

const MOST_BYTES = 2 ** 28;

const OFF: readonly string[] = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.untrackedCache=false',
  'core.sshCommand=false',
  'core.gitProxy=false',
  'core.askPass=',
  'core.alternateRefsCommand=false',
  'credential.helper=',
  'submodule.recurse=false',
];

const ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: 'C',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_ATTR_NOSYSTEM: '1',
  // What is missing is not fetched, by whatever transport: none is allowed.
  GIT_ALLOW_PROTOCOL: 'none',
};
