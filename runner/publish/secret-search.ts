import {createHash} from 'node:crypto';
import type {ArtifactStore} from '../../artifacts/store.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {NamedArtifact} from './contents.ts';
import type {KnownSecret} from './known-secrets.ts';
import {NeedleSearch} from './needle-search.ts';
import {type Spelling, spellingsOf} from './secret-spellings.ts';
import {LONGEST_TOKEN, TOKEN_PATTERNS} from './token-patterns.ts';

/** Something that looks like a secret in what would be published. Neither it nor a hash of it is in here. */
export interface SecretFinding {
  /** To allow it, when it is a false alarm: says what and where, not which secret. */
  readonly id: string;
  /** `the value of $HF_TOKEN, in base64`, `an AWS access key`. */
  readonly what: string;
  /** `the log of train`, `model/config.json in output model of train`. */
  readonly where: string;
  /** In that file. */
  readonly at: number;
}

export interface SearchedContents {
  readonly findings: readonly SecretFinding[];
  readonly files: number;
  readonly bytes: number;
}

export interface SearchedFile {
  readonly where: string;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Reads everything that would be published, binaries as well, and looks for secrets: by value for those that are known,
 * by looks for the rest. Not found is what is compressed, encrypted or cut in pieces.
 */
export async function searchContents(
  files: AsyncIterable<SearchedFile>,
  secrets: readonly KnownSecret[],
): Promise<SearchedContents> {
  const search = secretSearch(secrets);
  const findings: SecretFinding[] = [];
  let count = 0;
  let bytes = 0;
  for await (const {where, chunks} of files) {
    count++;
    const sightings = new Map<string, number>();
    bytes += await search(chunks, (what, at) => {
      if (!sightings.has(what)) sightings.set(what, at);
    });
    for (const [what, at] of sightings) findings.push({id: findingId(what, where), what, where, at});
  }
  return {findings, files: count, bytes};
}

/** All files of these artifacts, each once. */
export async function* filesOf(
  artifacts: readonly NamedArtifact[],
  store: ArtifactStore,
): AsyncGenerator<SearchedFile, void> {
  const seen = new Set<Digest>();
  for (const {what, type, digest} of artifacts) {
    const members = type === 'tree' ? (await readManifest(store, digest)).entries : [];
    const files = [
      {where: what, digest},
      ...members.map((m) => ({where: `${m.path} in ${what}`, digest: m.digest})),
    ];
    for (const file of files) {
      if (seen.has(file.digest)) continue;
      seen.add(file.digest);
      yield {where: file.where, chunks: store.stream(file.digest)};
    }
  }
}

type Sighting = (what: string, at: number) => void;

function secretSearch(secrets: readonly KnownSecret[]) {
  const needles = secrets.flatMap((secret) =>
    spellingsOf(secret.value).map((spelling) => ({secret, spelling})),
  );
  const search =
    needles.length > 0 ? new NeedleSearch(needles.map(({spelling}) => spelling.bytes)) : undefined;
  const overlap = Math.max(search?.overlap ?? 0, LONGEST_TOKEN);
  return async (chunks: SearchedFile['chunks'], seen: Sighting): Promise<number> => {
    let before: Uint8Array = Buffer.alloc(0);
    let total = 0;
    for await (const chunk of chunks) {
      const bytes = Buffer.concat([before, chunk]);
      const from = total - before.length;
      for (const {needle, at} of search?.find(bytes) ?? []) seen(describe(needles[needle]), from + at);
      for (const {name, at} of tokensIn(bytes)) seen(name, from + at);
      total += chunk.length;
      before = bytes.subarray(Math.max(0, bytes.length - overlap));
    }
    return total;
  };
}

function describe(needle: {readonly secret: KnownSecret; readonly spelling: Spelling} | undefined): string {
  return `the value of ${needle?.secret.name}, ${needle?.spelling.how}`;
}

function* tokensIn(bytes: Buffer): Generator<{readonly name: string; readonly at: number}, void> {
  const text = bytes.toString('latin1');
  for (const {name, pattern} of TOKEN_PATTERNS) {
    for (const {index} of text.matchAll(pattern)) yield {name, at: index};
  }
}

function findingId(what: string, where: string): string {
  return createHash('sha256').update(`${what}\0${where}`).digest('hex').slice(0, 12);
}
