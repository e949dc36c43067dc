import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** `repro keys …`: its subcommands. */
export function keysLine(program: Command, world: World, answer: EndWith): void {
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
