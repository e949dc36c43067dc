import type {PlannedEnvironment} from '../../schemas/plan.ts';
import type {EnvironmentIdentity} from '../../schemas/receipt.ts';
import {ok, type Result} from '../../schemas/result.ts';
import type {EnvironmentFailure, ReadyEnvironment} from './environment.ts';
import {hostEnvironment} from './host-environment.ts';
import {
  type IdentityOptions,
  type PythonEnvironmentOptions,
  pythonEnvironment,
  pythonIdentity,
} from './python-environment.ts';

export type IdentityContext = Omit<IdentityOptions, 'lock'>;
export type EnvironmentContext = Omit<PythonEnvironmentOptions, 'lock'>;

/** What of an environment is in the key. Builds nothing. */
export async function environmentIdentity(
  planned: PlannedEnvironment,
  context: IdentityContext,
): Promise<Result<EnvironmentIdentity, EnvironmentFailure>> {
  if (planned.type === 'python') return pythonIdentity({...context, lock: planned.lock});
  const host = await hostEnvironment(context.path);
  return host.ok ? ok(host.value.identity) : host;
}

/**
 * The environment itself, built if this machine has never had it. One installer builds what pip's and uv's locks say:
 * two would make two environments of one identity.
 */
export function openEnvironment(
  planned: PlannedEnvironment,
  context: EnvironmentContext,
): Promise<Result<ReadyEnvironment, EnvironmentFailure>> {
  return planned.type === 'python'
    ? pythonEnvironment({...context, lock: planned.lock})
    : hostEnvironment(context.path);
}
