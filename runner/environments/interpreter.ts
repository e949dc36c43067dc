import {realpathSync} from 'node:fs';
import {askProgram} from '../executors/ask-program.ts';
import {findProgram} from '../executors/find-program.ts';

/** Locks are complete for these; a newer Python would resolve to other wheels than the lock names. */
const SUPPORTED = ['3.11', '3.12'];
const CANDIDATES = ['python3.11', 'python3.12', 'python3', 'python'];

export interface Interpreter {
  /** Absolute, links resolved. */
  readonly executable: string;
  /** `3.11.7`: the standard library is the interpreter's, which no lock pins. */
  readonly version: string;
  /** Where its standard library lives. */
  readonly prefix: string;
}

const ASK =
  'import sys; print(sys.executable, "%d.%d.%d" % sys.version_info[:3], sys.base_prefix, sep="\\n")';

/** The first Python on the path that the locks support. */
export async function findInterpreter(path: string): Promise<Interpreter | undefined> {
  for (const candidate of CANDIDATES) {
    const found = await askInterpreter(candidate, path);
    if (found !== undefined && SUPPORTED.includes(minorOf(found.version))) return found;
  }
  return undefined;
}

/** `3.11` of `3.11.7`. */
export function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

/** Undefined when `program` is not a working Python (a version manager's shim may exist and refuse). */
export async function askInterpreter(program: string, path: string): Promise<Interpreter | undefined> {
  if (findProgram(program, path) === undefined) return undefined;
  const answer = await askProgram(program, ['-E', '-s', '-c', ASK], path);
  const [executable, version, prefix] = answer.ok ? answer.stdout.split('\n') : [];
  if (executable === undefined || version === undefined || prefix === undefined) return undefined;
  return {executable: realpathSync(executable), version, prefix};
}
