import {existsSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import type {Plan} from '../../../schemas/plan.ts';
import {stagesDirectory} from '../../opening/pipeline/open-pipeline.ts';
import {refuse, warn} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {loadPlan} from '../../plan/load-plan.ts';
import {plural} from '../../words/quantity-text.ts';

export interface CheckOptions {
  readonly files: readonly string[];
  readonly profile: string | undefined;
  readonly json: boolean;
}

/** `repro check`: every profile of every file, all that is wrong at once, nothing run. */
export async function check({files, profile, json}: CheckOptions, world: World): Promise<ExitCode> {
  const problems = new Map<string, Diagnostic>();
  let plans = 0;
  for (const name of files) {
    const file = resolve(world.directory, name);
    const first = checkOne(file, profile, problems, world);
    plans++;
    for (const other of profile === undefined ? first : []) {
      checkOne(file, other, problems, world);
      plans++;
    }
  }
  const all = [...problems.values()];
  if (all.some(({severity}) => severity === 'error')) return refuse(all, world, json);
  if (json) for (const warning of all) world.out.write(`${JSON.stringify(warning)}\n`);
  else {
    warn(all, world);
    world.out.write(`${plural(files.length, 'file')} checked in ${plural(plans, 'profile')}, no errors\n`);
  }
  return ExitCode.ok;
}

/** Checks one profile and gives the names of those there are. */
function checkOne(
  file: string,
  profile: string | undefined,
  problems: Map<string, Diagnostic>,
  world: World,
): readonly string[] {
  const loaded = loadPlan({file, profile, overrides: [], stagesDirectory: stagesDirectory(world)});
  // The same mistake shows in every profile; a reader needs it once.
  const found = loaded.ok ? [...loaded.value.warnings, ...unusedWarmers(loaded.value.plan)] : loaded.error;
  for (const each of found) {
    problems.set(JSON.stringify([each.code, each.message, each.place]), each);
  }
  return loaded.ok ? loaded.value.profiles : [];
}

/** Older versions ran it after an install, outside of every sandbox, and it was in no key. */
function unusedWarmers({environments}: Plan): readonly Diagnostic[] {
  return [...environments.values()].flatMap((environment) => {
    const file = environment.type === 'python' ? join(dirname(environment.lock), 'warm.py') : undefined;
    if (file === undefined || !existsSync(file)) return [];
    return [
      {
        severity: 'warning' as const,
        code: 'unused-warm',
        message: `${file} is not run: an environment is what its lock says, and is byte-compiled whole`,
        help: 'remove it',
      },
    ];
  });
}
