import {backOffMs} from '../../artifacts/bucket/back-off.ts';
import type {TimeAndChance} from '../../artifacts/bucket/surroundings.ts';
import {LIMITS} from '../../artifacts/path-rules.ts';
import {isDigest} from '../../schemas/digest.ts';
import {BACK_OFF} from './download.ts';
import {FetchError} from './fetch-error.ts';
import type {GuardedAnswer, GuardedClient} from './guarded-client.ts';
import {type HubAddress, type HubRepository, listUrl, pageUrl} from './hub-address.ts';
import type {ListedIdentity} from './remote-file.ts';
import {readAll, statusTrouble} from './web-origin.ts';

export interface HubFile {
  readonly path: string;
  readonly size: number;
  readonly listed: ListedIdentity;
}

export interface HubListOptions {
  readonly place: HubAddress;
  readonly repository: HubRepository;
  readonly revision: string;
  readonly client: GuardedClient;
  readonly signal: AbortSignal;
  readonly pace: TimeAndChance;
}

/** A page has 1,000 files at most, as the hub gives them. */
const PAGE_BYTES = 16 * 2 ** 20;
const MOST_TRIES = 6;

/** All files of a repository at a commit, by the hub's API, page by page. @throws FetchError */
export async function listHub(options: HubListOptions): Promise<readonly HubFile[]> {
  const first = listUrl(options.place, options.repository, options.revision);
  const files: HubFile[] = [];
  const seen = new Set<string>();
  for (let url: URL | undefined = first; url !== undefined; ) {
    if (seen.has(url.href)) throw new FetchError('malformed', `${url.host} lists the same page twice`);
    seen.add(url.href);
    const answer: GuardedAnswer = await askPatiently(url, options);
    files.push(...parsePage(await readAll(answer, PAGE_BYTES), url));
    if (files.length > LIMITS.entries)
      throw new FetchError('too-large', `it lists more than ${LIMITS.entries} files`);
    url = nextPage(answer.headers.link, first);
  }
  return files;
}

async function askPatiently(url: URL, options: HubListOptions): Promise<GuardedAnswer> {
  const {client, place, signal, pace} = options;
  for (let tries = 1; ; tries++) {
    try {
      const answer = await client.get(url, {signal, bearer: place.bearer});
      if (answer.status === 200) return answer;
      answer.discard();
      throw explainHub(answer, options) ?? statusTrouble(answer);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FetchError) || !error.retryable || tries === MOST_TRIES) throw error;
      await pace.sleep(backOffMs(BACK_OFF, tries, pace, error.retryAfterMs), signal);
    }
  }
}

/**
 * `Link: <…?cursor=…>; rel="next"`. Only its query is taken: a mirror may name the hub itself, and the token must
 * go nowhere but to the host that the user named.
 */
function nextPage(link: string | string[] | undefined, first: URL): URL | undefined {
  const text = Array.isArray(link) ? link.join(',') : (link ?? '');
  const target = /<([^<>]*)>\s*;[^,<]*\brel="?next"?/.exec(text)?.[1];
  if (target === undefined || !URL.canParse(target, first.href)) return undefined;
  const next = new URL(first);
  next.search = new URL(target, first).search;
  return next;
}

function parsePage(bytes: Buffer, {host}: URL): readonly HubFile[] {
  const entries = parseJson(bytes);
  if (!Array.isArray(entries))
    throw new FetchError('malformed', `${host} answered something that is no list of files`);
  return entries.flatMap((entry: unknown) => fileOf(entry, host) ?? []);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Undefined for a directory. What is neither is not skipped: a tree without it would be another tree. */
function fileOf(entry: unknown, host: string): HubFile | undefined {
  const {type, path, size, oid, lfs} = (entry ?? {}) as Readonly<Record<string, unknown>>;
  if (type === 'directory') return undefined;
  const large = (lfs ?? undefined) as {readonly oid?: unknown} | undefined;
  const listed = large === undefined ? gitIdentity(oid) : lfsIdentity(large.oid);
  if (type !== 'file' || typeof path !== 'string' || typeof size !== 'number' || listed === undefined) {
    throw new FetchError(
      'malformed',
      `${host} lists something that is no file: ${JSON.stringify(entry).slice(0, 200)}`,
    );
  }
  return {path, size, listed};
}

function gitIdentity(oid: unknown): ListedIdentity | undefined {
  return typeof oid === 'string' && /^[0-9a-f]{40}$/.test(oid) ? {by: 'git', oid} : undefined;
}

function lfsIdentity(oid: unknown): ListedIdentity | undefined {
  const digest = `sha256:${String(oid).replace(/^sha256:/, '')}`;
  return isDigest(digest) ? {by: 'sha256', digest} : undefined;
}

/** What the hub means by its statuses; it says 401 for what is not there, to whom it does not know. */
export function explainHub(
  answer: GuardedAnswer,
  {place, repository, revision}: Pick<HubListOptions, 'place' | 'repository' | 'revision'>,
): FetchError | undefined {
  if (answer.url.origin !== place.endpoint.origin) return undefined;
  const code = answer.headers['x-error-code'];
  const page = pageUrl(place, repository);
  if (code === 'GatedRepo' || answer.status === 403) {
    return new FetchError('denied', `${page} is gated`, {
      help:
        place.bearer === undefined
          ? `accept its terms at ${page}, then set HF_TOKEN to a token of yours`
          : `accept its terms at ${page} as the user whose HF_TOKEN is set, and let that token read gated repositories`,
    });
  }
  if (code === 'RevisionNotFound' || code === 'EntryNotFound') {
    return new FetchError('not-there', `${page} has no commit ${revision}, or not this file in it`, {
      help: 'look up the full commit in the history of its files',
    });
  }
  if (answer.status === 401 || answer.status === 404) {
    return new FetchError('not-there', `${page} is not there, or may not be seen`, {
      help:
        place.bearer === undefined
          ? 'if it is private, set HF_TOKEN to a token of yours'
          : 'check its name, and whether HF_TOKEN may read it',
    });
  }
  return undefined;
}
