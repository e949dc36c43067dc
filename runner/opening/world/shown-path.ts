import {relative} from 'node:path';
import type {World} from './world.ts';

/** As short as it is from here; absolute when it is elsewhere. */
export function shownPath(path: string, {directory}: Pick<World, 'directory'>): string {
  const near = relative(directory, path);
  return near === '' || near.startsWith('..') ? path : near;
}
