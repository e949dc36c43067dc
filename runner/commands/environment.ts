import {resolve} from 'node:path';
import {ExitCode} from '../../schemas/exit-code.ts';
import {openEnvironment} from '../environments/environments.ts';
import {line} from '../report/lines.ts';
import {directories} from './directories.ts';
import {environmentContext} from './open-pipeline.ts';
import {refuse} from './refuse.ts';
import type {World} from './world.ts';

export interface EnvironmentOptions {
  readonly lock: string;
  readonly installer: 'pip' | 'uv';
}

/** `repro environment LOCK`: builds it if need be, and prints its Python, for looking around in it. */
export async function environment({lock, installer}: EnvironmentOptions, world: World): Promise<ExitCode> {
  const {environments} = directories('.', world.variables, world.directory);
  const planned = {type: 'python', lock: resolve(world.directory, lock), installer} as const;
  const onBuild = (log: string) => world.err.write(line(`building (once; log: ${log})`));
  const opened = await openEnvironment(planned, {...environmentContext(environments, world), onBuild});
  if (!opened.ok) {
    const {code, message, help} = opened.error;
    return refuse([{severity: 'error', code, message, help}], world, false);
  }
  const {python} = opened.value;
  world.out.write(`${python.in === 'home' ? `${python.home}/bin/python` : python.executable}\n`);
  return ExitCode.ok;
}
