import {type Command, Option} from 'commander';
import type {World} from '../world.ts';
import type {Answer} from './answer.ts';

/** What prepares a machine or an editor. */
export function setupLines(program: Command, world: World, answer: Answer): void {
  program
    .command('environment')
    .description('build the environment of a lock, if it is not there, and print its Python')
    .argument('<lock>', 'the lock file')
    .addOption(new Option('--installer <name>', 'what builds it').choices(['pip', 'uv']).default('pip'))
    .action(async (lock: string, given: {installer: 'pip' | 'uv'}) => {
      const {environment} = await import('../environment.ts');
      answer(await environment({lock, ...given}, world));
    });

  program
    .command('schema')
    .description('print a JSON Schema for editors')
    .argument('[name]', 'pipeline, stage or request', 'pipeline')
    .action(async (name: string) => {
      const {schema} = await import('../schema.ts');
      answer(schema(name, world));
    });
}
