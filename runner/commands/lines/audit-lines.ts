import type {Command} from 'commander';
import type {World} from '../world.ts';
import type {Answer} from './answer.ts';

/** What a stranger does with a published run. */
export function auditLines(_program: Command, _world: World, _answer: Answer): void {
  // Filled by the commands of this room.
}
