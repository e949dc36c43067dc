import {askProgram} from '../executors/ask-program.ts';
import {findProgram} from '../executors/find-program.ts';
import {bubblewrap} from './bubblewrap.ts';
import {noSandbox} from './no-sandbox.ts';
import type {Sandbox} from './sandbox.ts';

export type SandboxChoice = 'auto' | 'bubblewrap' | 'none';

export type FoundSandbox =
  | {readonly found: true; readonly sandbox: Sandbox; readonly warning?: string}
  | {readonly found: false; readonly why: string};

/**
 * Bubblewrap where it is installed and the kernel lets it work (many clusters forbid user
 * namespaces, so it is tried once); otherwise none, with a warning, unless the user insists.
 */
export async function findSandbox(choice: SandboxChoice, path: string): Promise<FoundSandbox> {
  if (choice === 'none') return {found: true, sandbox: noSandbox};
  const program = findProgram('bwrap', path);
  const why = await whyNotBubblewrap(program, path);
  if (program !== undefined && why === undefined) return {found: true, sandbox: bubblewrap(program)};
  if (choice === 'bubblewrap') return {found: false, why: why ?? 'bubblewrap does not work here'};
  return {
    found: true,
    sandbox: noSandbox,
    warning: `stages run without a sandbox, and their receipts will say so: ${why}`,
  };
}

async function whyNotBubblewrap(program: string | undefined, path: string): Promise<string | undefined> {
  if (program === undefined) return 'bubblewrap (bwrap) is not installed';
  const probe = ['--unshare-all', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', 'true'];
  const trial = await askProgram(program, probe, path);
  return trial.ok ? undefined : `bubblewrap does not work here: ${trial.why}`;
}
