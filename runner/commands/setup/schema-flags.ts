import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';

/** `repro schema`: its flags. */
export function schemaLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('schema')
    .description('print a JSON Schema for editors')
    .argument('[name]', 'pipeline, stage or request', 'pipeline')
    .action(async (name: string) => {
      const {schema} = await import('./schema.ts');
      answer(schema(name, world));
    });
}
