import type {EnvironmentIdentity} from '../../schemas/receipt.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {type BuildOptions, buildEnvironment, remove} from './build-environment.ts';
import {findBuilt, openBuilt, type Verification} from './built-environment.ts';
import type {EnvironmentFailure, ReadyEnvironment} from './environment.ts';
import {findInterpreter} from './interpreter.ts';
import {readLock} from './lock-file.ts';

export interface PythonEnvironmentOptions extends BuildOptions {
  readonly lock: string;
  readonly verification?: Verification;
  /** Builds it anew, whatever is there. */
  readonly rebuild?: boolean;
}

/**
 * The environment that a lock describes, built at most once on a machine and then only opened. Known by the lock's
 * digest and the Python version, and made of nothing else; visible under its name only when complete.
 */
export async function pythonEnvironment(
  options: PythonEnvironmentOptions,
): Promise<Result<ReadyEnvironment, EnvironmentFailure>> {
  const lock = readLock(options.lock, options.origin);
  if (!lock.ok) return lock;
  const known = findBuilt(options.directory, lock.value.digest);
  if (known !== undefined && options.rebuild !== true) return openBuilt(known, options.verification);
  if (known !== undefined) remove(known.home);

  const interpreter = await findInterpreter(options.path);
  if (interpreter === undefined) return err(noInterpreter());
  const built = await buildEnvironment(lock.value, interpreter, options);
  return built.ok ? openBuilt(built.value) : built;
}

/** What is needed to know an environment without building it. */
export type IdentityOptions = Pick<PythonEnvironmentOptions, 'lock' | 'directory' | 'path' | 'origin'>;

/** Known before it is built: a stage whose result is cached needs no environment at all. */
export async function pythonIdentity(
  options: IdentityOptions,
): Promise<Result<EnvironmentIdentity, EnvironmentFailure>> {
  const lock = readLock(options.lock, options.origin);
  if (!lock.ok) return lock;
  const {digest} = lock.value;
  const built = findBuilt(options.directory, digest);
  if (built !== undefined) return ok({type: 'python', lock: digest, python: built.marker.python.version});
  const interpreter = await findInterpreter(options.path);
  return interpreter === undefined
    ? err(noInterpreter())
    : ok({type: 'python', lock: digest, python: interpreter.version});
}

function noInterpreter(): EnvironmentFailure {
  return {
    code: 'no-interpreter',
    message: 'no Python 3.11 or 3.12 on the PATH',
    help: 'install one (on Debian and Ubuntu: `apt-get install python3 python3-venv`), then run again',
  };
}
