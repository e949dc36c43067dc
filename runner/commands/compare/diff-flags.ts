import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {collect} from '../flags/flags.ts';

/** `repro diff`: its flags. */
export function diffLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('diff')
    .description('say where two runs, stages, artifacts or files differ; exit 0 the same bits, 3 not')
    .argument('<a>', NAMED)
    .argument('<b>', 'the same sort of thing')
    .option('--store <where>', 'where artifacts are (may be given twice, as for `run`)', collect, [])
    .option('--json', 'print all that was found as JSON')
    .action(async (a: string, b: string, given: {store: readonly string[]; json?: true}) => {
      const {diff} = await import('./diff.ts');
      answer(await diff({a, b, stores: given.store, json: given.json === true}, world));
    });
}

const NAMED = 'a run, RUN:stage, RUN:stage.output, a digest in the store, or a file or folder';
