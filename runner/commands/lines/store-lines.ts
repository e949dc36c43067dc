import type {Command} from 'commander';
import type {World} from '../world.ts';
import type {Answer} from './answer.ts';

/** What looks after a store. */
export function storeLines(program: Command, world: World, answer: Answer): void {
  const store = program.command('store').description('look after the artifact store');
  store
    .command('verify')
    .description('hash every object again and check every receipt; exit 0, or 4 when something is wrong')
    .option('--store <dir>', 'the store (default: the user’s cache)')
    .option('--repair', 'set damaged objects aside, so that they are made anew')
    .option('--json', 'print findings as NDJSON')
    .action(async (given: {store?: string; repair?: true; json?: true}) => {
      const {verify} = await import('../store-verify.ts');
      answer(
        await verify({store: given.store, repair: given.repair === true, json: given.json === true}, world),
      );
    });
}
