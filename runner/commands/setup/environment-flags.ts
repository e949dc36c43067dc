import {type Command, Option} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import type {EnvironmentOptions} from './environment.ts';

/** `repro environment`: its flags. */
export function environmentLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('environment')
    .description('build the environment of a lock, if it is not there, and print its Python')
    .argument('<lock>', 'the lock file')
    .addOption(
      new Option('--installer <name>', 'what its author installs it with: one environment, either way')
        .choices(['pip', 'uv'])
        .default('pip'),
    )
    .option('--verify', 'read every byte of it: was anything changed since it was built?', false)
    .option('--rebuild', 'build it anew, though it is there', false)
    .action(async (lock: string, given: Omit<EnvironmentOptions, 'lock'>) => {
      const {environment} = await import('./environment.ts');
      answer(await environment({lock, ...given}, world));
    });
}
