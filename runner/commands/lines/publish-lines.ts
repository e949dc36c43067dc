import type {Command} from 'commander';
import type {World} from '../world.ts';
import type {Answer} from './answer.ts';

/** What an author does with a run: keys, publishing, exports. */
export function publishLines(_program: Command, _world: World, _answer: Answer): void {
  // Filled by the commands of this room.
}
