import type {Command} from 'commander';
import type {World} from '../world.ts';
import type {Answer} from './answer.ts';

/** What a stranger does with a published run. */
export function auditLines(program: Command, world: World, answer: Answer): void {
  program
    .command('audit')
    .description('judge a published run by reading it: signature, keys, graph, every byte; runs nothing')
    .argument('<url>', 'its address; or …/names/v1/SIGNER/NAME for the newest of a name')
    .option('--key <key...>', 'whose signature to believe: a public key, its file, or a name in trusted-keys')
    .option('--sample <n>', 'hash so many of the artifacts’ files, or so many percent (5%)')
    .option('--seed <text>', 'draw the same sample again')
    .option('--json', 'print the whole report as JSON')
    .action(async (url: string, given: GivenAudit) => {
      const {audit} = await import('../audit.ts');
      const {key, sample, seed, json} = given;
      const options = {url, keys: key ?? [], sample, seed, json: json === true};
      answer(await audit(options, world));
    });

  program
    .command('pull')
    .description('fetch what a run made, every byte verified')
    .argument('<run>', 'the address of a published run; with --from, the digest of a run of your own lab')
    .argument('[artifact]', 'STAGE.OUTPUT, or a digest (default: the last model that the run made)')
    .option('--to <path>', 'where to put it; must not be there yet')
    .option('--from <store>', 'the store that a run was pushed to: all its results, for runs here to use')
    .option('--store <place...>', 'where artifacts are kept on this machine (default: the user’s cache)')
    .option('--json', 'print what was fetched as JSON')
    .action(async (run: string, artifact: string | undefined, given: GivenPull) => {
      const {to, from, store = [], json = false} = given;
      if (from !== undefined) {
        const {pullFromStore} = await import('../pull-from-store.ts');
        return answer(await pullFromStore({run, from, artifact, to, stores: store, json}, world));
      }
      const {pull} = await import('../pull.ts');
      answer(await pull({url: run, artifact, to, stores: store, json}, world));
    });

  const trust = program
    .command('trust')
    .description('whose published pipelines may run here, by their content');
  trust
    .command('list')
    .description('what was trusted, where it came from, and when')
    .action(async () => {
      const {trustList} = await import('../trust.ts');
      answer(trustList(world));
    });
  trust
    .command('revoke')
    .description('ask again before this content runs')
    .argument('<digest>', 'of the content, or the start of it')
    .action(async (digest: string) => {
      const {trustRevoke} = await import('../trust.ts');
      answer(trustRevoke(digest, world));
    });
}

interface GivenPull {
  readonly to?: string;
  readonly from?: string;
  readonly store?: readonly string[];
  readonly json?: true;
}

interface GivenAudit {
  readonly key?: readonly string[];
  readonly sample?: string;
  readonly seed?: string;
  readonly json?: true;
}
