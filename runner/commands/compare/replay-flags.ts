import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {collect, jobsOption, type SandboxFlag, sandboxOption} from '../flags/flags.ts';

/** `repro replay`: its flags. */
export function replayLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('replay')
    .description('execute a recorded run again, and say of each stage whether the bits are the same')
    .argument(
      '[run]',
      'a folder in .repro/runs, a digest, or the address of a published run (default: the last)',
    )
    .option('--stage <stage...>', 'only these stages')
    .option('--chained', 'feed replayed outputs forward (default: each stage from its recorded inputs)')
    .option('--any-class', 'also on hardware that can’t be expected to give the same bits')
    .addOption(jobsOption('stages to run'))
    .option('--store <where>', 'where artifacts are kept', collect, [])
    .option('--trust <digest>', 'run exactly this content of somebody else without a question')
    .option('--json', 'print the whole report as JSON')
    .addOption(sandboxOption())
    .action(async (run: string | undefined, given: GivenReplay) => {
      const {replay} = await import('./replay.ts');
      const {stage, chained, anyClass, jobs, store, trust, json, sandbox} = given;
      const options = {
        run,
        stages: stage ?? [],
        chained: chained === true,
        anyClass: anyClass === true,
        stores: store,
        jobs,
        json: json === true,
        sandbox,
        trust,
      };
      answer(await replay(options, world));
    });
}

interface GivenReplay {
  readonly stage?: readonly string[];
  readonly chained?: true;
  readonly anyClass?: true;
  readonly jobs?: number;
  readonly store: readonly string[];
  readonly trust?: string;
  readonly json?: true;
  readonly sandbox: SandboxFlag;
}
