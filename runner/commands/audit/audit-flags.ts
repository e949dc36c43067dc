import {type Command, Option} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {jobsOption, type SandboxFlag, sandboxOption} from '../flags/flags.ts';

/** `repro audit`: its flags. */
export function auditLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('audit')
    .description(
      'judge a published run by reading it: signature, keys, graph, every byte; runs nothing without --replay',
    )
    .argument('<url>', 'its address; or …/names/v1/SIGNER/NAME for the newest of a name')
    .option('--key <key...>', 'whose signature to believe: a public key, its file, or a name in trusted-keys')
    .option('--sample <n>', 'hash so many of the artifacts’ files, or so many percent (5%)')
    .addOption(
      new Option('--seed <text>', 'decides what is drawn, for --sample and --budget').conflicts('beacon'),
    )
    .option('--replay', 'then execute it, every stage from its recorded inputs, and compare bit for bit')
    .option(
      '--budget <percent>',
      'with --replay: so much of it (15%), drawn in public; trainings in segments',
    )
    .option(
      '--beacon <file>',
      'the bytes of this file are the seed: something that nobody knew when it was published',
    )
    .addOption(
      new Option('--grade <name>', 'with --budget: generate rollouts again, or train on the recorded ones')
        .choices(['full', 'trainer'])
        .default('full'),
    )
    .option('--trust <digest>', 'run exactly this content of somebody else without a question')
    .addOption(jobsOption('parts to execute'))
    .option('--store <place...>', 'where artifacts are kept on this machine (default: the user’s cache)')
    .addOption(sandboxOption())
    .option('--json', 'print the whole report as JSON')
    .action(async (url: string, given: GivenAudit) => {
      const {audit} = await import('./audit.ts');
      const {key, sample, seed, json, replay, budget, beacon, grade, trust, jobs, store, sandbox} = given;
      const wishes = {budget, grade, trust, jobs, stores: store ?? [], sandbox};
      const asked = replay === true || budget !== undefined;
      const options = {url, keys: key ?? [], sample, seed, beacon, json: json === true};
      answer(await audit({...options, replay: asked ? wishes : undefined}, world));
    });
}

interface GivenAudit {
  readonly key?: readonly string[];
  readonly sample?: string;
  readonly seed?: string;
  readonly replay?: true;
  readonly budget?: string;
  readonly beacon?: string;
  readonly grade: 'full' | 'trainer';
  readonly trust?: string;
  readonly jobs?: number;
  readonly store?: readonly string[];
  readonly sandbox: SandboxFlag;
  readonly json?: true;
}
