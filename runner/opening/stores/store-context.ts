import {line} from '../../report/lines.ts';
import type {GatheredFacts} from '../../run/gather-facts.ts';
import type {StoreContext} from '../../stores/open-stores.ts';
import type {World} from '../world/world.ts';

/** What opening a store needs of the world; with the facts of a pipeline, also which hardware classes it asks for. */
export function storeContext({owner, err}: World, facts?: GatheredFacts): StoreContext {
  return {
    owner,
    warn: (message) => err.write(line(`warning: ${message}`)),
    ...(facts !== undefined && {classes: facts.classes}),
  };
}
