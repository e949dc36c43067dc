import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** `repro show`: its flags. */
export function showLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('show')
    .description('show a run: its stages, values and digests')
    .argument('[run]', 'a folder in .repro/runs, or the start of a run’s digest (default: the last)')
    .option('--json', 'print the run record')
    .action(async (name: string | undefined, given: {json?: true}) => {
      const {show} = await import('./show.ts');
      answer(await show({name, json: given.json === true}, world));
    });
}
