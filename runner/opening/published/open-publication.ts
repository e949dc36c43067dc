import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {ChosenKeys} from '../../audit/check-signature.ts';
import {checkStatements} from '../../audit/check-statements.ts';
import {type JudgedSigner, judgeSigner} from '../../audit/judge-signer.ts';
import {readBundle} from '../../audit/read-bundle.ts';
import {readPublication, type SoundRun, soundRun} from '../../audit/read-published.ts';
import {seenIn} from '../../audit/seen-publications.ts';
import {bucketDiagnostic, bucketTrouble} from '../world/refuse-bucket.ts';
import {seenPath} from '../world/state-path.ts';
import type {World} from '../world/world.ts';
import {type FoundPublication, findPublication} from './find-publication.ts';

/** A published run, read once: whatever is read of it from here on is named by digest. */
export interface OpenPublication {
  readonly found: FoundPublication;
  readonly run: SoundRun;
  readonly signer: JudgedSigner;
}

export interface SignerWishes {
  readonly keys: ChosenKeys;
  /** Take it though nobody signed it, or not whom it names. */
  readonly unsigned: boolean;
  /** What to do about a signature that does not hold. */
  readonly help: string;
}

/**
 * Finds, reads and judges a publication that somebody is about to use: the one way for `pull`, `run`, `replay` and
 * `bisect`, with the checks of `audit`. Whoever gets it closes its bucket.
 */
export async function openPublication(
  url: string,
  wishes: SignerWishes,
  world: World,
): Promise<Result<OpenPublication, Diagnostic>> {
  try {
    const found = await findPublication(url, world);
    return found.ok ? await readOrClose(found.value, wishes, world) : found;
  } catch (error) {
    const trouble = bucketTrouble(error);
    if (trouble === undefined) throw error;
    return err(bucketDiagnostic(trouble));
  }
}

async function readOrClose(
  found: FoundPublication,
  wishes: SignerWishes,
  world: World,
): Promise<Result<OpenPublication, Diagnostic>> {
  try {
    const opened = await read(found, wishes, world);
    if (!opened.ok) await found.bucket.close();
    return opened;
  } catch (error) {
    await found.bucket.close();
    throw error;
  }
}

async function read(
  found: FoundPublication,
  wishes: SignerWishes,
  world: World,
): Promise<Result<OpenPublication, Diagnostic>> {
  const located = {...found, memory: seenIn(seenPath(world))};
  const reading = await readPublication(located);
  if (!reading.ok) return err(problem('no-publication', reading.error));
  const run = soundRun(reading.value, located);
  if (!run.ok) return err(problem('bad-publication', run.error));
  const signer = await signerOf(found, run.value, wishes, world);
  if (signer.ok) return ok({found, run: run.value, signer: signer.value});
  if (wishes.unsigned)
    return ok({found, run: run.value, signer: {by: 'unknown', words: `NOT SIGNED: ${signer.error}`}});
  return err(problem('bad-signature', signer.error, wishes.help));
}

async function signerOf(
  {bucket, wanted}: FoundPublication,
  {digest, publication, record}: SoundRun,
  {keys}: SignerWishes,
  {variables}: World,
): Promise<Result<JudgedSigner, string>> {
  const bundle = await readBundle(bucket, digest);
  if (!bundle.ok) return bundle;
  const signed = {digest, publication, envelopes: bundle.value};
  const signer = await judgeSigner(signed, wanted, keys, variables);
  if (!signer.ok) return signer;
  const statements = checkStatements(signed, record);
  return statements.state === 'pass' ? signer : err(statements.why);
}
