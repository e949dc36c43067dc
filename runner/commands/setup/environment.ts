import {resolve} from 'node:path';
import {problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {openEnvironment} from '../../environments/environments.ts';
import {environmentContext} from '../../opening/pipeline/open-pipeline.ts';
import {directories} from '../../opening/world/directories.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {line} from '../../report/lines.ts';
import {findSandbox} from '../../sandbox/find-sandbox.ts';
import {noSandbox} from '../../sandbox/no-sandbox.ts';

export interface EnvironmentOptions {
  readonly lock: string;
  /** How its author installs it; here both are installed in one way, and are one environment. */
  readonly installer: 'pip' | 'uv';
  /** Read every byte of it, to see whether it was changed. */
  readonly verify: boolean;
  /** Build it anew, though it is there. */
  readonly rebuild: boolean;
}

/** `repro environment LOCK`: builds it if need be, and prints its Python, for looking around in it. */
export async function environment(options: EnvironmentOptions, world: World): Promise<ExitCode> {
  const {lock, installer, verify, rebuild} = options;
  const {environments} = directories('.', world.variables, world.directory);
  const planned = {type: 'python', lock: resolve(world.directory, lock), installer} as const;
  const onBuild = (log: string) => world.err.write(line(`building (once; log: ${log})`));
  const found = await findSandbox('auto', world.variables.PATH ?? '');
  const opened = await openEnvironment(planned, {
    ...environmentContext(environments, world),
    onBuild,
    onWarning: (message) => world.err.write(line(`warning: ${message}`)),
    sandbox: found.found ? found.sandbox : noSandbox,
    verification: verify ? 'read every byte' : 'look',
    rebuild,
  });
  if (!opened.ok) {
    const {code, message, help} = opened.error;
    return refuse([problem(code, message, help)], world, false);
  }
  const {python} = opened.value;
  world.out.write(`${python.in === 'home' ? `${python.home}/bin/python` : python.executable}\n`);
  return ExitCode.ok;
}
