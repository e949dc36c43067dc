import {type Command, Option} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** `repro attest`: its flags. */
export function attestLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('attest')
    .description('sign what a replay found, for others to see')
    .argument('[replay]', 'a folder in .repro/replays (default: the last)')
    .option('--to <place>', 'a file, or the address of the published run (…/publications/v1/DIGEST)')
    .option('--key <name>', 'sign with this key (default: the one called default)')
    .addOption(new Option('--ssh-key <file>', 'sign with an SSH key instead').conflicts('key'))
    .action(async (replay: string | undefined, given: {to?: string; key?: string; sshKey?: string}) => {
      const {attest} = await import('./attest.ts');
      answer(await attest({replay, to: given.to, key: given.key, sshKey: given.sshKey}, world));
    });
}
