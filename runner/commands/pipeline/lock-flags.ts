import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {collect} from '../flags/flags.ts';

/** `repro lock`: its flags. */
export function lockLine(program: Command, world: World, answer: EndWith): void {
  program
    .command('lock')
    .description('fetch the sources that are not pinned, show what they are, and pin them')
    .argument('<pipeline>', 'the pipeline file')
    .option('--profile <name>', 'overlay this profile')
    .option('--update <source...>', 'pin these anew, though they are pinned')
    .option('-y, --yes', 'pin without asking')
    .option('--store <where>', 'a store to fetch into (may be given often)', collect, [])
    .action(async (file: string, given: GivenLock) => {
      const {lock} = await import('./lock.ts');
      const {profile, update = [], yes = false, store} = given;
      answer(await lock({file, profile, update, yes, stores: store}, world));
    });
}

interface GivenLock {
  readonly profile?: string;
  readonly update?: readonly string[];
  readonly yes?: true;
  readonly store: readonly string[];
}
