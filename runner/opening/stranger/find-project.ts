import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {type ProjectAddress, parseProjectAddress} from '../../stranger/project-address.ts';
import {chooseKeys} from '../published/choose-keys.ts';
import {type OpenPublication, openPublication} from '../published/open-publication.ts';
import type {World} from '../world/world.ts';

/** Where somebody's project comes from. A publication stays open until all that is needed of it is here. */
export type FoundProject =
  | {readonly from: 'publication'; readonly publication: OpenPublication}
  | {readonly from: 'elsewhere'; readonly address: ElsewhereAddress};

export type ElsewhereAddress = Exclude<ProjectAddress, {from: 'publication'}>;

/** What an address leads to, read once for the whole command. Whoever gets it closes it. */
export async function findProject(text: string, world: World): Promise<Result<FoundProject, Diagnostic>> {
  const address = parseProjectAddress(text);
  if (!address.ok)
    return err(problem('not-a-guest', `"${text}" does not say to the byte what to run`, address.error));
  if (address.value.from !== 'publication') return ok({from: 'elsewhere', address: address.value});
  const publication = await openToRun(address.value.url, world);
  return publication.ok ? ok({from: 'publication', publication: publication.value}) : publication;
}

/** A publication whose code may be run: signed by a key that this user chose, or at least by the one that it names. */
export async function openToRun(url: string, world: World): Promise<Result<OpenPublication, Diagnostic>> {
  const keys = chooseKeys([], world);
  if (!keys.ok) return keys;
  const help = 'don’t run it; ask its author for their key, then: repro keys trust KEY';
  return openPublication(url, {keys: keys.value, unsigned: false, help}, world);
}

export async function closeProject(found: FoundProject): Promise<void> {
  if (found.from === 'publication') await found.publication.found.bucket.close();
}
