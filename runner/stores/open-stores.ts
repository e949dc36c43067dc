import {type OpenStore, openStore} from '../../artifacts/open-store.ts';
import type {StoreChoice} from './choose-stores.ts';

export interface StoreContext {
  /** Who writes: names what this process leaves on disk while it lives. */
  readonly owner: string;
  readonly warn: (message: string) => void;
}

/** The folder, with the shared store behind it. */
export async function openStores({local}: StoreChoice, {owner}: StoreContext): Promise<OpenStore> {
  return openStore({directory: local, owner});
}
