import {type Command, Option} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {collect} from '../flags/flags.ts';
import {RUN, STORE} from './which-run.ts';

/** `repro publish`: its flags. */
export function publishLine(program: Command, world: World, answer: EndWith): void {
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
}

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
