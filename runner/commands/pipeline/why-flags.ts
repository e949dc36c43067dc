import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {type PipelineFlags, pipelineCommand, pipelineOptions} from '../flags/flags.ts';

/** `repro why`: its flags. */
export function whyLine(program: Command, world: World, answer: EndWith): void {
  pipelineCommand(program, 'why', 'say why a stage would run: what in its key changed since the last run')
    .argument('<stage>', 'the stage to explain')
    .action(async (file: string, stage: string, given: PipelineFlags) => {
      const {why} = await import('./why.ts');
      answer(await why({...pipelineOptions(file, given), stage}, world));
    });
}
