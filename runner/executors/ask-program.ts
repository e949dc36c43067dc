import {execa} from 'execa';

export type ProgramAnswer =
  | {readonly ok: true; readonly stdout: string}
  | {readonly ok: false; readonly why: string};

/** Long enough for a cold file system, short enough that a hung driver does not hang us. */
const PATIENCE_MS = 20_000;

/**
 * Runs a short program of this machine for what it prints. Never rejects: not being there is an answer. It runs in `/`,
 * never where the user is: Python imports from there, and that may be somebody else's project.
 */
export async function askProgram(
  program: string,
  argv: readonly string[],
  path: string,
): Promise<ProgramAnswer> {
  const ran = await execa(program, argv, {
    reject: false,
    env: {PATH: path},
    cwd: '/',
    timeout: PATIENCE_MS,
    stdin: 'ignore',
  });
  if (!ran.failed) return {ok: true, stdout: ran.stdout};
  const words = ran.stderr === undefined ? '' : ran.stderr.trim();
  return {ok: false, why: words === '' ? (ran.shortMessage ?? 'it failed') : words};
}
