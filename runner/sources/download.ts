import {type BackOff, backOffMs} from '../../artifacts/bucket/back-off.ts';
import type {TimeAndChance} from '../../artifacts/bucket/surroundings.ts';
import type {Digest} from '../../schemas/digest.ts';
import {FetchError} from './fetch-error.ts';
import type {Origin, OriginAnswer} from './origin.ts';
import type {PartialFile} from './partial-file.ts';
import type {PartialFiles} from './partial-files.ts';

export interface WantedFile {
  /** Says which bytes these are, to go on with what an earlier process left: a digest, a URL. */
  readonly key: string;
  readonly digest: Digest | undefined;
  /** Who says that these are the bytes: `its pin`, or LISTED. */
  readonly saidBy: string;
  /** When it is known before anything is asked. */
  readonly size: number | undefined;
  /** The most bytes that are taken. */
  readonly limit: number;
}

export interface DownloadContext {
  readonly partials: PartialFiles;
  readonly signal: AbortSignal;
  readonly pace: TimeAndChance;
  /** Bytes that there are more than before; negative when some were of no use. */
  readonly grew: (bytes: number) => void;
  /** The size of the whole, as soon as it is known. */
  readonly sized: (bytes: number) => void;
}

/** `saidBy`, where it is not the pin. */
export const LISTED = 'its list';
export const NOT_AS_LISTED = 'what it sends is not what it lists: try again later, or another endpoint';

/** A server may ask for more patience than we would have, up to two minutes. */
export const BACK_OFF: BackOff = {
  firstMs: 500,
  longestMs: 30_000,
  surely: 0.5,
  longestAskedMs: 120_000,
};

/** So many tries in a row that brought next to nothing are enough. */
const MOST_FRUITLESS = 6;
const FRUITFUL_BYTES = 2 ** 20;
/** One that kept us waiting counts as so many. */
const COSTLY = 3;

/**
 * Fetches one file whole, going on from where an earlier try or an earlier process was, and holds it against its
 * digest. The file is closed, checked and this process's own: adopt it, or release it.
 * When it fails, what came is left for the next time. @throws FetchError
 */
export async function download(
  origin: Origin,
  wanted: WantedFile,
  context: DownloadContext,
): Promise<{readonly file: PartialFile; readonly digest: Digest}> {
  const file = context.partials.take(wanted.key);
  try {
    const digest = await complete(file, origin, wanted, context);
    file.close();
    return {file, digest};
  } catch (error) {
    // What is wrong or too much would be so again.
    const useless =
      error instanceof FetchError && (error.code === 'wrong-bytes' || error.code === 'too-large');
    if (useless) file.discard();
    else file.release();
    throw error;
  }
}

async function complete(
  file: PartialFile,
  origin: Origin,
  wanted: WantedFile,
  context: DownloadContext,
): Promise<Digest> {
  const kept = file.size;
  context.grew(kept);
  await file.digest();
  await fetchAll(file, origin, wanted, context);
  const first = await file.digest();
  if (wanted.digest === undefined || first === wanted.digest) return first;
  if (kept === 0) throw wrongBytes(origin, wanted, first);
  // The kept part may have been of other bytes, or damaged since: once more, all of it from the origin.
  restart(file, context);
  await fetchAll(file, origin, wanted, context);
  const second = await file.digest();
  if (second !== wanted.digest) throw wrongBytes(origin, wanted, second);
  return second;
}

async function fetchAll(
  file: PartialFile,
  origin: Origin,
  wanted: WantedFile,
  context: DownloadContext,
): Promise<void> {
  const {signal, pace} = context;
  if (wanted.size !== undefined && file.size > wanted.size) restart(file, context);
  for (let fruitless = 0; ; ) {
    if (wanted.size !== undefined && file.size === wanted.size) return;
    const before = file.size;
    try {
      return await attempt(file, origin, wanted, context);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FetchError) || !error.retryable) throw error;
      fruitless = file.size - before >= FRUITFUL_BYTES ? 1 : fruitless + (error.costly ? COSTLY : 1);
      if (fruitless >= MOST_FRUITLESS) throw error;
      await pace.sleep(backOffMs(BACK_OFF, fruitless, pace, error.retryAfterMs), signal);
    }
  }
}

async function attempt(
  file: PartialFile,
  origin: Origin,
  wanted: WantedFile,
  context: DownloadContext,
): Promise<void> {
  const answer = await origin.open(file.size, file.hint, context.signal);
  if (answer.start !== file.size) restart(file, context);
  file.hint = answer.hint;
  const size = agreedSize(answer, origin, wanted);
  if (size !== undefined) context.sized(size);
  const most = size ?? wanted.limit;
  for await (const chunk of answer.chunks) {
    if (file.size + chunk.length > most) throw tooLarge(origin, most);
    file.append(chunk);
    context.grew(chunk.length);
    context.signal.throwIfAborted();
  }
  if (size !== undefined && file.size < size) {
    throw new FetchError('unreachable', `${origin.name} ended after ${file.size} of ${size} bytes`);
  }
}

/** What is declared is the most that is taken; what is more than the user takes is not begun. */
function agreedSize(answer: OriginAnswer, origin: Origin, wanted: WantedFile): number | undefined {
  const {size, limit, saidBy} = wanted;
  if (size !== undefined && answer.size !== undefined && size !== answer.size) {
    const why = `${origin.name} has ${answer.size} bytes, and ${saidBy} says ${size}`;
    throw new FetchError('wrong-bytes', why);
  }
  const agreed = size ?? answer.size;
  if (agreed !== undefined && agreed > limit) throw tooLarge(origin, limit);
  return agreed;
}

function restart(file: PartialFile, {grew}: DownloadContext): void {
  grew(-file.size);
  file.restart();
}

function tooLarge(origin: Origin, most: number): FetchError {
  return new FetchError('too-large', `${origin.name} gives more than ${most} bytes, the most that is taken`, {
    help: 'if it is right, raise REPRO_SOURCE_LIMIT (in bytes, or as 500G)',
  });
}

function wrongBytes(origin: Origin, {digest, saidBy}: WantedFile, found: Digest): FetchError {
  return new FetchError('wrong-bytes', `${origin.name} gave ${found}, and ${saidBy} says ${digest}`, {
    ...(saidBy === LISTED && {help: NOT_AS_LISTED}),
  });
}
