import {type Command, Option} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** What a stranger does with a published run. */
export function auditLines(program: Command, world: World, answer: EndWith): void {
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
    .option('-j, --jobs <n>', 'parts to execute at the same time (default: one for each CPU)', Number)
    .option('--store <place...>', 'where artifacts are kept on this machine (default: the user’s cache)')
    .addOption(
      new Option('--sandbox <kind>', 'how stages are confined')
        .choices(['auto', 'bubblewrap', 'none'])
        .default('auto'),
    )
    .option('--json', 'print the whole report as JSON')
    .action(async (url: string, given: GivenAudit) => {
      const {audit} = await import('./audit.ts');
      const {key, sample, seed, json, replay, budget, beacon, grade, trust, jobs, store, sandbox} = given;
      const wishes = {budget, grade, trust, jobs, stores: store ?? [], sandbox};
      const asked = replay === true || budget !== undefined;
      const options = {url, keys: key ?? [], sample, seed, beacon, json: json === true};
      answer(await audit({...options, replay: asked ? wishes : undefined}, world));
    });

  program
    .command('pull')
    .description('fetch what a run made, every byte verified')
    .argument('<run>', 'the address of a published run; with --from, the digest of a run of your own lab')
    .argument('[artifact]', 'STAGE.OUTPUT, or a digest (default: the last model that the run made)')
    .option('--to <path>', 'where to put it; must not be there yet')
    .option(
      '--link',
      'read-only files that are the store’s own, where its file system is the same: no second copy',
    )
    .option('--key <key...>', 'whose signature to believe: a public key, its file, or a name in trusted-keys')
    .option('--unsigned', 'take it though nobody signed it, or not whom it names')
    .option('--from <store>', 'the store that a run was pushed to: all its results, for runs here to use')
    .option('--store <place...>', 'where artifacts are kept on this machine (default: the user’s cache)')
    .option('--json', 'print what was fetched as JSON')
    .action(async (run: string, artifact: string | undefined, given: GivenPull) => {
      const {to, from, store = [], json = false, link = false, key = [], unsigned = false} = given;
      if (from !== undefined) {
        const {pullFromStore} = await import('./pull-from-store.ts');
        return answer(await pullFromStore({run, from, artifact, to, link, stores: store, json}, world));
      }
      const {pull} = await import('./pull.ts');
      answer(await pull({url: run, artifact, to, link, stores: store, keys: key, unsigned, json}, world));
    });

  const trust = program
    .command('trust')
    .description('whose published pipelines may run here, by their content');
  trust
    .command('list')
    .description('what was trusted, where it came from, and when')
    .action(async () => {
      const {trustList} = await import('./trust.ts');
      answer(trustList(world));
    });
  trust
    .command('revoke')
    .description('ask again before this content runs')
    .argument('<digest>', 'of the content, or the start of it')
    .action(async (digest: string) => {
      const {trustRevoke} = await import('./trust.ts');
      answer(trustRevoke(digest, world));
    });
}

interface GivenPull {
  readonly link?: true;
  readonly key?: readonly string[];
  readonly unsigned?: true;
  readonly to?: string;
  readonly from?: string;
  readonly store?: readonly string[];
  readonly json?: true;
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
  readonly sandbox: 'auto' | 'bubblewrap' | 'none';
  readonly json?: true;
}
