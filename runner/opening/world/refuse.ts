import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {exitCodeOfTrouble} from '../../../schemas/diagnostic-code.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import type {Plan} from '../../../schemas/plan.ts';
import {diagnosticText} from '../../report/diagnostic-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {closest} from '../../words/suggest.ts';
import type {World} from './world.ts';

/** Says what is wrong, all of it, and that nothing was done; what the process ends with follows from the first. */
export function refuse(diagnostics: readonly Diagnostic[], world: World, json: boolean): ExitCode {
  if (json) {
    for (const diagnostic of diagnostics) world.out.write(`${JSON.stringify(diagnostic)}\n`);
  } else {
    world.err.write(textOf(diagnostics, world));
  }
  const [first] = diagnostics.filter(({severity}) => severity === 'error');
  return first === undefined ? ExitCode.usage : exitCodeOfTrouble(first.code);
}

export function warn(diagnostics: readonly Diagnostic[], world: World): void {
  if (diagnostics.length > 0) world.err.write(`${textOf(diagnostics, world)}\n`);
}

/** What may be the run that is meant can't be read. */
export function passedOver(world: World): (file: string, why: string) => void {
  return (file, why) =>
    warn(
      [
        {
          severity: 'warning',
          code: 'unusable-record',
          message: `${file}: ${why}; this run is passed over`,
          help: 'name the run that you mean, or run the pipeline again: what is finished is cached',
        },
      ],
      world,
    );
}

function textOf(diagnostics: readonly Diagnostic[], {variables, err, directory}: World): string {
  return diagnosticText(diagnostics, {style: chooseStyle(variables, err.isTerminal), directory});
}

export function refuseUnknownStage(name: string, plan: Plan, world: World): ExitCode {
  const names = plan.stages.map((stage) => stage.name as string);
  const near = closest(name, names);
  const help = near === undefined ? `the stages are: ${names.join(', ')}` : `did you mean \`${near}\`?`;
  return refuse([problem('unknown-stage', `no stage is called "${name}"`, help)], world, false);
}
