import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** `repro trust …`: its subcommands. */
export function trustLine(program: Command, world: World, answer: EndWith): void {
  const trust = program
    .command('trust')
    .description('whose published pipelines may run here, by their content');
  trust
    .command('list')
    .description('what was trusted, where it came from, and when')
    .action(async () => {
      const {trustList} = await import('./trust.ts');
      answer(trustList(world));
    });
  trust
    .command('revoke')
    .description('ask again before this content runs')
    .argument('<digest>', 'of the content, or the start of it')
    .action(async (digest: string) => {
      const {trustRevoke} = await import('./trust.ts');
      answer(trustRevoke(digest, world));
    });
}
