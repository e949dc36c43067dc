import type {Command} from 'commander';
import type {World} from '../world.ts';
import type {Answer} from './answer.ts';

/** What pins the sources of a pipeline. */
export function sourceLines(_program: Command, _world: World, _answer: Answer): void {
  // Filled by the commands of this room.
}
