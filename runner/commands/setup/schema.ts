import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';

const NAMES = ['pipeline', 'stage', 'request'];

/** `repro schema`: what an editor needs to help with a pipeline or a stage.yaml. */
export function schema(name: string, world: World): ExitCode {
  if (!NAMES.includes(name)) {
    const message = `there is no schema called "${name}"`;
    return refuse([problem('unknown-schema', message, `there are: ${NAMES.join(', ')}`)], world, false);
  }
  world.out.write(
    readFileSync(join(world.installation, 'schemas', 'generated', `${name}.schema.json`), 'utf8'),
  );
  return ExitCode.ok;
}
