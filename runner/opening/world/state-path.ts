import {join} from 'node:path';
import type {World} from './world.ts';

/** What was seen of whom: state, and no cache, for losing it would make a rollback go unnoticed. */
export function seenPath({variables: {XDG_STATE_HOME: state, HOME: home}}: World): string {
  return join(state || join(home || '/tmp', '.local', 'state'), 'repro', 'seen.ndjson');
}
