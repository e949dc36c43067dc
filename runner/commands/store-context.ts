import type {StoreContext} from '../stores/open-stores.ts';
import type {World} from './world.ts';

/** What opening a store needs of the world. */
export function storeContext({owner, err}: World): StoreContext {
  return {owner, warn: (message) => err.write(`warning: ${message}\n`)};
}
