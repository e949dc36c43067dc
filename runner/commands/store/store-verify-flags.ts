import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {WHICH} from './which-store.ts';

/** `repro store verify`: its flags. */
export function storeVerifyLine(store: Command, world: World, answer: EndWith): void {
  store
    .command('verify')
    .description('hash everything again and check every receipt')
    .option('--store <where>', WHICH)
    .option('--repair', 'set damaged objects aside, and bring the right bytes where they are to be had')
    .option('--from <store>', 'with --repair: where to get them (for a shared store: the user’s cache)')
    .option('--json', 'print findings as NDJSON')
    .addHelpText(
      'after',
      '\nExit: 0 when all is well, else the sum of 1 (corrupt), 2 (missing) and 4 (other).',
    )
    .action(async (given: {store?: string; from?: string; repair?: true; json?: true}) => {
      const {verify} = await import('./store-verify.ts');
      const {store: where, from, repair, json} = given;
      answer(await verify({store: where, from, repair: repair === true, json: json === true}, world));
    });
}
