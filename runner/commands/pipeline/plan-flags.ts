import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {type PipelineFlags, pipelineCommand, pipelineOptions} from '../flags/flags.ts';

/** `repro plan`: its flags. */
export function planLine(program: Command, world: World, answer: EndWith): void {
  pipelineCommand(program, 'plan', 'say what a run would do, stage by stage, and with which commands')
    .option('--json', 'print the plan as JSON')
    .action(async (file: string, given: PipelineFlags & {json?: true}) => {
      const {plan} = await import('./plan.ts');
      answer(await plan({...pipelineOptions(file, given), json: given.json === true}, world));
    });
}
