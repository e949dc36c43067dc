import {type Command, InvalidArgumentError} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** What shares results, and what looks after a store. */
export function storeLines(program: Command, world: World, answer: EndWith): void {
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
  const store = program.command('store').description('look after a store: check, verify, gc, pin');
  checkLine(store, world, answer);
  verifyLine(store, world, answer);
  gcLine(store, world, answer);
  pinLine(store, world, answer);
}

const WHICH =
  'the store: a folder, a name of your stores.yaml, s3://bucket/prefix (default: the user’s cache)';

function checkLine(store: Command, world: World, answer: EndWith): void {
  store
    .command('check')
    .description('ask a server what it really does, and say whether a store can be kept there')
    .argument(
      '<store>',
      's3://bucket/prefix, or a name of your stores.yaml; it writes a few small objects there and removes them',
    )
    .option('--endpoint <url>', 'of the server (default: as the environment says)')
    .option('--region <name>', 'of the bucket')
    .option('--json', 'print what was found as JSON')
    .action(async (place: string, given: {endpoint?: string; region?: string; json?: true}) => {
      const {storeCheck} = await import('./store-check.ts');
      const {endpoint, region, json} = given;
      answer(await storeCheck({place, endpoint, region, json: json === true}, world));
    });
}

function verifyLine(store: Command, world: World, answer: EndWith): void {
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

function gcLine(store: Command, world: World, answer: EndWith): void {
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

function pinLine(store: Command, world: World, answer: EndWith): void {
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

interface GivenGc {
  readonly store: string;
  readonly project: readonly string[];
  readonly grace: number;
  readonly keepResults: number;
  readonly delete?: true;
  readonly force?: true;
  readonly json?: true;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function days(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new InvalidArgumentError('It must be a number of days.');
  return number;
}
