import {type Command, Option} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** What an author does with a run: keys, publishing, exports. */
export function publishLines(program: Command, world: World, answer: EndWith): void {
  keysLines(program, world, answer);
  program
    .command('publish')
    .description('put a run where others can read and check it: artifacts, sources, record, signatures')
    .argument('[run]', RUN)
    .requiredOption('--to <place>', 'a folder, s3://bucket/prefix, or a store of your configuration')
    .option('--key <name>', 'sign with this key (default: the one called default)')
    .addOption(new Option('--ssh-key <file>', 'sign with an SSH key instead').conflicts('key'))
    .option('--store <where>', STORE, collect, [])
    .option('--allow-finding <id>', 'publish in spite of this finding (may be given often)', collect, [])
    .option('--no-artifacts', 'only the record, its source and the signatures: enough to replay it chained')
    .option('--dry-run', 'check everything and send nothing')
    .option('--json', 'print the outcome as JSON')
    .action(async (run: string | undefined, given: GivenPublish) => {
      const {publish} = await import('./publish.ts');
      const {to, key, sshKey, store, allowFinding, dryRun, json} = given;
      const options = {run, to, key, sshKey, stores: store, allowed: allowFinding};
      const withArtifacts = given.artifacts;
      answer(await publish({...options, withArtifacts, dryRun: dryRun === true, json: json === true}, world));
    });

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

function keysLines(program: Command, world: World, answer: EndWith): void {
  const keys = program
    .command('keys')
    .description('keys that sign what you publish, and keys that you trust');
  keys
    .command('new')
    .description('make an Ed25519 key, for you alone')
    .argument('[name]', 'what to call it', 'default')
    .action(async (name: string) => {
      const {makeKey} = await import('./keys.ts');
      answer(makeKey(name, world));
    });
  keys
    .command('list')
    .description('list your keys and those that you trust')
    .option('--json', 'print them as JSON')
    .action(async ({json}: {json?: true}) => {
      const {listKeys} = await import('./keys.ts');
      answer(listKeys({json: json === true}, world));
    });
  keys
    .command('trust')
    .description('believe what a key signs, from now on')
    .argument('<key...>', 'ed25519:…, an SSH public key, or a file with one')
    .option('--name <whose>', 'whose key it is (default: the comment of an SSH key, or the file’s name)')
    .action(async (words: string[], {name}: {name?: string}) => {
      const {trust} = await import('./keys.ts');
      answer(trust({words, name}, world));
    });
}

const RUN = 'a folder in .repro/runs, or the start of a run’s digest (default: the last)';
const STORE = 'the store that has it: a folder, or a configured name (default: as when it ran)';

interface GivenPublish {
  readonly artifacts: boolean;
  readonly to: string;
  readonly key?: string;
  readonly sshKey?: string;
  readonly store: readonly string[];
  readonly allowFinding: readonly string[];
  readonly dryRun?: true;
  readonly json?: true;
}

interface GivenExport {
  readonly format: 'ro-crate' | 'model-card' | 'intoto';
  readonly to: string;
  readonly store: readonly string[];
  readonly key?: string;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
