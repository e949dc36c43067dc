import {execa} from 'execa';
import type {ProgramAnswer} from './ask-program.ts';

export interface Feeding {
  readonly input: Uint8Array;
  /** All that it gets of the environment. */
  readonly variables: Readonly<Record<string, string>>;
}

/** It may ask a person for a passphrase, or to touch a key. */
const PATIENCE_MS = 120_000;

/** Runs a short program of this machine on some bytes, for what it prints. Never rejects. */
export async function feedProgram(
  program: string,
  argv: readonly string[],
  {input, variables}: Feeding,
): Promise<ProgramAnswer> {
  const ran = await execa(program, argv, {
    reject: false,
    extendEnv: false,
    env: variables,
    timeout: PATIENCE_MS,
    input,
  });
  if (!ran.failed) return {ok: true, stdout: ran.stdout};
  const words = ran.stderr === undefined ? '' : ran.stderr.trim();
  return {ok: false, why: words === '' ? (ran.shortMessage ?? 'it failed') : words};
}
