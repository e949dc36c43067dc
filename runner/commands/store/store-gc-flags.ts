import {type Command, InvalidArgumentError} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {collect} from '../flags/flags.ts';
import {WHICH} from './which-store.ts';

/** `repro store gc`: its flags. */
export function storeGcLine(store: Command, world: World, answer: EndWith): void {
  store
    .command('gc')
    .description('count what nobody needs any more; --delete deletes it')
    .requiredOption(
      '--store <where>',
      WHICH.replace(' (default: the user’s cache)', '; `local` is the user’s cache'),
    )
    .option('--delete', 'delete it')
    .option(
      '--project <dir>',
      'keep what this project’s runs name (may be given often; default: this one)',
      collect,
      [],
    )
    .option('--grace <days>', 'nothing younger is garbage', days, 7)
    .option(
      '--keep-results <days>',
      'results younger than this are kept, whether a run names them or not',
      days,
      90,
    )
    .option(
      '--force',
      'in a shared store: also with a grace period under a day; here: also when the clock looks wrong',
    )
    .option('--json', 'print the counts as JSON')
    .addHelpText('after', KEPT)
    .action(async (given: GivenGc) => {
      const {gc} = await import('./store-gc.ts');
      const {store: where, project: projects, grace: graceDays, keepResults: keepDays} = given;
      const flags = {delete: given.delete === true, force: given.force === true, json: given.json === true};
      answer(await gc({store: where, projects, graceDays, keepDays, ...flags}, world));
    });
}

const KEPT = `
Kept is what can be reached from pins (\`repro store pin\`), publications in this store, the runs of the projects
given, and results that are young or that one of these names. Other projects that use the store: give them all.`;

interface GivenGc {
  readonly store: string;
  readonly project: readonly string[];
  readonly grace: number;
  readonly keepResults: number;
  readonly delete?: true;
  readonly force?: true;
  readonly json?: true;
}

function days(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new InvalidArgumentError('It must be a number of days.');
  return number;
}
