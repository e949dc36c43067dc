import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {collect, type SandboxFlag, sandboxOption} from '../flags/flags.ts';

/** `repro bisect`: its flags. */
export function bisectLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('bisect')
    .description(
      'find the first stage, step and tensor at which two runs part, and why; exit 0 nowhere, 3 somewhere',
    )
    .argument(
      '[run]',
      'a folder in .repro/runs, a digest, or the address of a published run (default: the last)',
    )
    .option('--against <run>', 'another run (default: what this machine makes of the first)')
    .option('--stage <stage>', 'look into this stage (default: the first that diverges)')
    .option('--store <where>', 'where artifacts are (may be given twice, as for `run`)', collect, [])
    .option('--trust <digest>', 'run exactly this content of somebody else without a question')
    .option('--json', 'print all that was found as JSON')
    .addOption(sandboxOption())
    .action(async (run: string | undefined, given: GivenBisect) => {
      const {bisect} = await import('./bisect.ts');
      const {against, stage, store, trust, json, sandbox} = given;
      answer(
        await bisect(
          {run, against, stage, stores: store, trust, json: json === true, sandbox, jobs: undefined},
          world,
        ),
      );
    });
}

interface GivenBisect {
  readonly against?: string;
  readonly stage?: string;
  readonly store: readonly string[];
  readonly trust?: string;
  readonly json?: true;
  readonly sandbox: SandboxFlag;
}
