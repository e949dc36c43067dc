import {join} from 'node:path';
import {problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {projectRoot} from '../../opening/world/directories.ts';
import {passedOver, refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {runText} from '../../report/run-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {findRun} from '../../run/find-run.ts';

/** `repro show [RUN]`: what a run gave, stage by stage. */
export function show(
  {name, json}: {readonly name: string | undefined; readonly json: boolean},
  world: World,
): ExitCode {
  const project = join(projectRoot(world.directory), '.repro');
  const found = findRun(project, name, passedOver(world));
  if (found === undefined) {
    const message = name === undefined ? `no run has ended yet in ${project}` : `no run is called "${name}"`;
    return refuse([problem('unknown-run', message, 'runs are in .repro/runs')], world, false);
  }
  world.out.write(
    json
      ? `${JSON.stringify(found.record, null, 2)}\n`
      : runText(found, chooseStyle(world.variables, world.out.isTerminal)),
  );
  return ExitCode.ok;
}
