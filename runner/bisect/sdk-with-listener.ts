import {appendFileSync, chmodSync, copyFileSync, cpSync, existsSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {removeTree} from '../../artifacts/files/remove-tree.ts';
import type {PlacedCode} from '../run/code-folder.ts';
import type {RunContext} from '../run/run-context.ts';

const HOOK = '\nfrom . import listener_of_bisect  # noqa: E402, F401\n';

/**
 * The same context, in which stages see the recorded SDK with a listener at its trace. Nothing else of them is touched:
 * neither the key nor the code of the stage. An SDK without a trace is left as it is.
 */
export function withListener(context: RunContext, listener: string): RunContext {
  let placed: Promise<PlacedCode> | undefined;
  const sdk = () => {
    placed ??= context.supplies.sdk().then((recorded) => layOver(recorded, listener));
    return placed;
  };
  return {...context, supplies: {...context.supplies, sdk}};
}

/** Beside what it is a copy of, and with its owner in the name: what a killed process leaves is found by it. */
function layOver(recorded: PlacedCode, listener: string): PlacedCode {
  const trace = join(recorded.directory, 'repro_sdk', 'trace.py');
  if (!existsSync(trace)) return recorded;
  const directory = `${recorded.directory}-listening`;
  removeTree(directory);
  mkdirSync(directory);
  cpSync(recorded.directory, directory, {recursive: true, dereference: true});
  const [folder, changed] = [join(directory, 'repro_sdk'), join(directory, 'repro_sdk', 'trace.py')];
  chmodSync(folder, 0o755);
  chmodSync(changed, 0o644);
  appendFileSync(changed, HOOK);
  copyFileSync(listener, join(folder, 'listener_of_bisect.py'));
  return {directory, unchanged: recorded.unchanged};
}
