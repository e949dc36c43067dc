import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {WHICH} from './which-store.ts';

/** `repro store pin`: its flags. */
export function storePinLine(store: Command, world: World, answer: EndWith): void {
  store
    .command('pin')
    .description('keep something and all that it names, whatever gc finds')
    .argument('<what>', 'a digest, or a run: a folder in .repro/runs or the start of its digest')
    .option('--store <where>', WHICH)
    .option('--note <text>', 'why, for people', '')
    .option('--json', 'print the pin as JSON')
    .action(async (what: string, given: {store?: string; note: string; json?: true}) => {
      const {pin} = await import('./store-pin.ts');
      answer(await pin({what, store: given.store, note: given.note, json: given.json === true}, world));
    });
}
