import {type Command, Option} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** What executes a recorded run again. */
export function replayLines(program: Command, world: World, answer: EndWith): void {
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
    .option('-j, --jobs <n>', 'stages to run at the same time (default: one for each CPU)', Number)
    .option(
      '--store <where>',
      'where artifacts are kept',
      (word: string, before: string[]) => [...before, word],
      [],
    )
    .option('--trust <digest>', 'run exactly this content of somebody else without a question')
    .option('--json', 'print the whole report as JSON')
    .addOption(
      new Option('--sandbox <kind>', 'how stages are confined')
        .choices(['auto', 'bubblewrap', 'none'])
        .default('auto'),
    )
    .action(async (run: string | undefined, given: GivenReplay) => {
      const {replay} = await import('./replay.ts');
      const {stage, chained, anyClass, jobs, store, trust, json, sandbox} = given;
      const options = {
        run,
        stages: stage ?? [],
        chained: chained === true,
        anyClass: anyClass === true,
        file: '',
        profile: undefined,
        overrides: [],
        stores: store,
        jobs,
        until: [],
        only: [],
        keepGoing: true,
        cache: false,
        json: json === true,
        sandbox,
        trust,
      };
      answer(await replay(options, world));
    });

  program
    .command('attest')
    .description('sign what a replay found, for others to see')
    .argument('[replay]', 'a folder in .repro/replays (default: the last)')
    .option('--to <place>', 'a file, or the address of the published run (…/publications/v1/DIGEST)')
    .option('--key <name>', 'sign with this key (default: the one called default)')
    .addOption(new Option('--ssh-key <file>', 'sign with an SSH key instead').conflicts('key'))
    .action(async (replay: string | undefined, given: {to?: string; key?: string; sshKey?: string}) => {
      const {attest} = await import('./attest.ts');
      answer(await attest({replay, to: given.to, key: given.key, sshKey: given.sshKey}, world));
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
  readonly sandbox: 'auto' | 'bubblewrap' | 'none';
}
