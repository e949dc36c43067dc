import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** `repro pull`: its flags. */
export function pullLine(program: Command, world: World, answer: EndWith): void {
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
