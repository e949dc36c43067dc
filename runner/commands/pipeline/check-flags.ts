import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** `repro check`: its flags. */
export function checkLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('check')
    .description('check pipeline files without running anything')
    .argument('<file...>', 'pipeline files')
    .option('--profile <name>', 'check this profile only (default: all)')
    .option('--json', 'print diagnostics as NDJSON')
    .action(async (files: string[], given: {profile?: string; json?: true}) => {
      const {check} = await import('./check.ts');
      answer(await check({files, profile: given.profile, json: given.json === true}, world));
    });
}
