import {type Command, InvalidArgumentError, Option} from 'commander';
import type {PipelineOptions, RunCommandOptions} from '../../opening/pipeline/pipeline-options.ts';

export type SandboxFlag = RunCommandOptions['sandbox'];

/** What commander gives for the flags of `pipelineCommand`. */
export interface PipelineFlags {
  readonly profile?: string;
  readonly param?: readonly string[];
  readonly store?: readonly string[];
}

/** A command on a pipeline file, with the flags that say which plan is meant. */
export function pipelineCommand(program: Command, name: string, description: string): Command {
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

export function pipelineOptions(file: string, {profile, param, store}: PipelineFlags): PipelineOptions {
  return {file, profile, overrides: param ?? [], stores: store ?? []};
}

/** How many at the same time, in words: "stages to run". */
export function jobsOption(what: string): Option {
  const option = new Option('-j, --jobs <n>', `${what} at the same time (default: one for each CPU)`);
  return option.argParser(positiveInteger);
}

export function sandboxOption(): Option {
  return new Option('--sandbox <kind>', 'how stages are confined')
    .choices(['auto', 'bubblewrap', 'none'])
    .default('auto');
}

/** For a flag that may be given often. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function positiveInteger(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return number;
}
