import {expect} from 'vitest';
import {eventsOf} from './events.ts';
import type {Rig} from './rig.ts';

/** The text that the last stage of a run gave. */
export async function outputOf(rig: Rig, ...flags: readonly string[]): Promise<string> {
  const ended = await rig.run(...flags);
  expect(ended.code).toBe(0);
  const finished = eventsOf(ended, 'stage-finished').at(-1);
  return rig.object(finished?.outputs.out?.digest ?? '');
}
