import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {openStore} from '../../../artifacts/open/open-store.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import {ok, type Result} from '../../../schemas/result.ts';
import {chooseStores} from '../../stores/choose-stores.ts';
import {directories} from '../world/directories.ts';
import type {World} from '../world/world.ts';

/** The folder that artifacts are kept in on this machine; --store names another. */
export async function openLocalStore(
  words: readonly string[],
  world: World,
): Promise<Result<OpenStore, Diagnostic>> {
  const usual = directories('.', world.variables, world.directory).store;
  const stores = chooseStores({words, usual}, world);
  if (!stores.ok) return stores;
  return ok(await openStore({directory: stores.value.local, owner: world.owner}));
}
