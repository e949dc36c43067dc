import type {Placed, Placement} from './store.ts';

/** Of a store without files of its own to link to: each link that was asked for, and why a copy was made of it. */
export function whyCopied(placements: readonly Placement[]): Placed['fallbacks'] {
  const asked = placements.filter((placement) => placement.link);
  const executable = asked.filter((placement) => placement.executable).length;
  return {
    executable,
    'other-file-system': asked.length - executable,
    'too-many-links': 0,
    'not-permitted': 0,
  };
}
