import {type Command, InvalidArgumentError, Option} from 'commander';
import type {PipelineOptions, RunCommandOptions} from '../../opening/pipeline/pipeline-options.ts';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** What concerns a pipeline of one's own: run, plan, why, check, show. */
export function pipelineLines(program: Command, world: World, answer: EndWith): void {
  pipelineCommand(program, 'run', 'execute a pipeline; what is cached is not executed again')
    .option('-j, --jobs <n>', 'stages to run at the same time (default: one for each CPU)', positiveInteger)
    .option('--until <stage...>', 'run these stages and all they need')
    .option('--only <stage...>', 'run these stages; what they need must be cached')
    .option('--keep-going', 'after a failure, go on with what does not depend on it')
    .option('--no-cache', 'execute everything, and compare the bits with those recorded')
    .option('--dry-run', 'say what would be done, and do nothing (like `plan`)')
    .option('--json', 'print events as NDJSON')
    .addOption(
      new Option('--sandbox <kind>', 'how stages are confined')
        .choices(['auto', 'bubblewrap', 'none'])
        .default('auto'),
    )
    .option('--trust <digest>', 'run somebody else’s pipeline, if it is exactly this content')
    .action(async (file: string, given: GivenRun) => {
      if (given.dryRun === true) {
        const {plan} = await import('./plan.ts');
        return answer(await plan({...pipelineOptions(file, given), json: given.json === true}, world));
      }
      const {run} = await import('./run.ts');
      answer(await run(runOptions(file, given), world));
    });

  pipelineCommand(program, 'plan', 'say what a run would do, stage by stage, and with which commands')
    .option('--json', 'print the plan as JSON')
    .action(async (file: string, given: Given & {json?: true}) => {
      const {plan} = await import('./plan.ts');
      answer(await plan({...pipelineOptions(file, given), json: given.json === true}, world));
    });

  pipelineCommand(program, 'why', 'say why a stage would run: what in its key changed since the last run')
    .argument('<stage>', 'the stage to explain')
    .action(async (file: string, stage: string, given: Given) => {
      const {why} = await import('./why.ts');
      answer(await why({...pipelineOptions(file, given), stage}, world));
    });

  program
    .command('check')
    .description('check pipeline files without running anything')
    .argument('<file...>', 'pipeline files')
    .option('--profile <name>', 'check this profile only (default: all)')
    .option('--json', 'print diagnostics as NDJSON')
    .action(async (files: string[], given: {profile?: string; json?: true}) => {
      const {check} = await import('./check.ts');
      answer(await check({files, profile: given.profile, json: given.json === true}, world));
    });

  program
    .command('show')
    .description('show a run: its stages, values and digests')
    .argument('[run]', 'a folder in .repro/runs, or the start of a run’s digest (default: the last)')
    .option('--json', 'print the run record')
    .action(async (name: string | undefined, given: {json?: true}) => {
      const {show} = await import('./show.ts');
      answer(await show({name, json: given.json === true}, world));
    });
}

interface Given {
  readonly profile?: string;
  readonly param?: readonly string[];
  readonly store?: readonly string[];
}

interface GivenRun extends Given {
  readonly jobs?: number;
  readonly until?: readonly string[];
  readonly only?: readonly string[];
  readonly keepGoing?: true;
  readonly cache: boolean;
  readonly dryRun?: true;
  readonly json?: true;
  readonly sandbox: RunCommandOptions['sandbox'];
  readonly trust?: string;
}

function pipelineCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<pipeline>', 'the pipeline file')
    .option('--profile <name>', 'overlay this profile')
    .option('-p, --param <name=value>', 'set a param (may be given often)', collect, [])
    .option(
      '--store <where>',
      'where artifacts are kept and shared: a folder, s3://bucket/prefix, a name of stores.yaml, or local (may be given twice)',
      collect,
      [],
    );
}

function pipelineOptions(file: string, {profile, param, store}: Given): PipelineOptions {
  return {file, profile, overrides: param ?? [], stores: store ?? []};
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

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function positiveInteger(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return number;
}
