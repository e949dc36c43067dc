import type {Command} from 'commander';
import type {RunCommandOptions} from '../../opening/pipeline/pipeline-options.ts';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {
  jobsOption,
  type PipelineFlags,
  pipelineCommand,
  pipelineOptions,
  type SandboxFlag,
  sandboxOption,
} from '../flags/flags.ts';

/** `repro run`: its flags. */
export function runLine(program: Command, world: World, answer: EndWith): void {
  pipelineCommand(program, 'run', 'execute a pipeline; what is cached is not executed again')
    .addOption(jobsOption('stages to run'))
    .option('--until <stage...>', 'run these stages and all they need')
    .option('--only <stage...>', 'run these stages; what they need must be cached')
    .option('--keep-going', 'after a failure, go on with what does not depend on it')
    .option('--no-cache', 'execute everything, and compare the bits with those recorded')
    .option('--dry-run', 'say what would be done, and do nothing (like `plan`)')
    .option('--json', 'print events as NDJSON')
    .addOption(sandboxOption())
    .option('--trust <digest>', 'run somebody else’s pipeline, if it is exactly this content')
    .action(async (file: string, given: GivenRun) => {
      if (given.dryRun === true) {
        const {plan} = await import('./plan.ts');
        return answer(await plan({...pipelineOptions(file, given), json: given.json === true}, world));
      }
      const {run} = await import('./run.ts');
      answer(await run(runOptions(file, given), world));
    });
}

interface GivenRun extends PipelineFlags {
  readonly jobs?: number;
  readonly until?: readonly string[];
  readonly only?: readonly string[];
  readonly keepGoing?: true;
  readonly cache: boolean;
  readonly dryRun?: true;
  readonly json?: true;
  readonly sandbox: SandboxFlag;
  readonly trust?: string;
}

function runOptions(file: string, given: GivenRun): RunCommandOptions {
  return {
    ...pipelineOptions(file, given),
    jobs: given.jobs,
    until: given.until ?? [],
    only: given.only ?? [],
    keepGoing: given.keepGoing === true,
    cache: given.cache,
    json: given.json === true,
    sandbox: given.sandbox,
    trust: given.trust,
  };
}
