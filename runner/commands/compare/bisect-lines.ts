import {type Command, Option} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** What finds where two executions part. */
export function bisectLines(program: Command, world: World, answer: EndWith): void {
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
    .addOption(
      new Option('--sandbox <kind>', 'how stages are confined')
        .choices(['auto', 'bubblewrap', 'none'])
        .default('auto'),
    )
    .action(async (run: string | undefined, given: GivenBisect) => {
      const {bisect} = await import('./bisect.ts');
      const {against, stage, store, trust, json, sandbox} = given;
      answer(
        await bisect(
          {...NOTHING_ELSE, run, against, stage, stores: store, trust, json: json === true, sandbox},
          world,
        ),
      );
    });
}

const NOTHING_ELSE = {
  file: '',
  profile: undefined,
  overrides: [],
  jobs: undefined,
  until: [],
  only: [],
  keepGoing: true,
  cache: false,
} as const;

interface GivenBisect {
  readonly against?: string;
  readonly stage?: string;
  readonly store: readonly string[];
  readonly trust?: string;
  readonly json?: true;
  readonly sandbox: 'auto' | 'bubblewrap' | 'none';
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
