import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {collect} from '../flags/flags.ts';

/** `repro push`: its flags. */
export function pushLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('push')
    .description('send a run to a store that others run with: what is there is not sent again')
    .argument('[run]', 'a folder in .repro/runs, or the start of a run’s digest (default: the last)')
    .requiredOption('--to <store>', 'a name of your stores.yaml, s3://bucket/prefix, or a folder')
    .option('--store <where>', 'where the run’s artifacts are (default: the user’s cache)', collect, [])
    .option('--json', 'print the outcome as JSON')
    .action(async (run: string | undefined, given: {to: string; store: readonly string[]; json?: true}) => {
      const {push} = await import('./push.ts');
      answer(await push({run, to: given.to, stores: given.store, json: given.json === true}, world));
    });
}
