import type {Command} from 'commander';
import type {EndWith} from '../../opening/world/answer.ts';
import type {World} from '../../opening/world/world.ts';
import {storeCheckLine} from './store-check-flags.ts';
import {storeGcLine} from './store-gc-flags.ts';
import {storePinLine} from './store-pin-flags.ts';
import {storeVerifyLine} from './store-verify-flags.ts';

/** `repro store …`: its subcommands. */
export function storeLine(program: Command, world: World, answer: EndWith): void {
  const store = program.command('store').description('look after a store: check, verify, gc, pin');
  storeCheckLine(store, world, answer);
  storeVerifyLine(store, world, answer);
  storeGcLine(store, world, answer);
  storePinLine(store, world, answer);
}
