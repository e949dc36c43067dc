import {type Command, Option} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {collect} from '../flags/flags.ts';
import {RUN, STORE} from './which-run.ts';

/** `repro export`: its flags. */
export function exportLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('export')
    .description('write a run down in a format that others know')
    .argument('[run]', RUN)
    .addOption(
      new Option('--format <name>', 'which')
        .choices(['ro-crate', 'model-card', 'intoto'])
        .makeOptionMandatory(),
    )
    .requiredOption('--to <dir>', 'a folder that is not there yet')
    .option('--store <where>', STORE, collect, [])
    .option('--key <name>', 'for intoto: sign with this key (default: the one called default)')
    .action(async (run: string | undefined, {format, to, store, key}: GivenExport) => {
      const {exportRun} = await import('./export.ts');
      answer(await exportRun({run, format, to, stores: store, key}, world));
    });
}

interface GivenExport {
  readonly format: 'ro-crate' | 'model-card' | 'intoto';
  readonly to: string;
  readonly store: readonly string[];
  readonly key?: string;
}
