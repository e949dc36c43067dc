import type {Artifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {PlannedSource, SourceLocation} from '../../schemas/plan.ts';
import {alsoAllowing} from './allowed-hosts.ts';
import type {FetchContext, Fetched} from './fetch-context.ts';
import {FetchError} from './fetch-error.ts';
import {fetchBlob, fetchTree} from './fetch-files.ts';
import {chooseFiles} from './file-choice.ts';
import type {GuardedClient} from './guarded-client.ts';
import {fileUrl, type HubAddress, type HubRepository, hubAddress, hubRepository} from './hub-address.ts';
import {explainHub, type HubFile, listHub} from './hub-list.ts';
import type {RemoteFile} from './remote-file.ts';
import {webOrigin} from './web-origin.ts';

type HubLocation = Extract<SourceLocation, {from: 'hf'}>;

/** A model or a data set of the hub at a commit: all its files, or those that `files` names. */
export async function fetchHub(
  type: PlannedSource['type'],
  {repository, revision, files}: HubLocation,
  pin: Digest | undefined,
  context: FetchContext,
): Promise<Fetched> {
  const place = hubAddress(context.variables);
  // Who set HF_ENDPOINT allowed its host, for the hub's files and for nothing else.
  const client = context.openClient(alsoAllowing(context.allowed, place.endpoint));
  try {
    const hub = {place, repository: hubRepository(repository), revision, client};
    const {chosen, unmatched} = chooseFiles(await listHub({...hub, ...context}), files);
    if (unmatched.length > 0) throw noSuchFile(unmatched);
    const remotes = chosen.map((file) => remoteFile(file, hub));
    return {artifact: await fetchThem(type, remotes, pin, context), notes: [notesOn(chosen)]};
  } finally {
    client.close();
  }
}

interface Hub {
  readonly place: HubAddress;
  readonly repository: HubRepository;
  readonly revision: string;
  readonly client: GuardedClient;
}

async function fetchThem(
  type: PlannedSource['type'],
  remotes: readonly RemoteFile[],
  pin: Digest | undefined,
  context: FetchContext,
): Promise<Artifact> {
  if (type === 'tree') return fetchTree(remotes, pin, context);
  const [only, ...others] = remotes;
  if (only !== undefined && others.length === 0) return fetchBlob(only, pin, context);
  throw new FetchError('malformed', `it is of type blob, and stands for ${remotes.length} files`, {
    help: 'name one file in `files:`, or write `type: tree`',
  });
}

function noSuchFile(patterns: readonly string[]): FetchError {
  return new FetchError('not-there', `no file of it is called ${patterns.join(', ')}`, {
    help: 'look at what `files:` names; `*` stands for any text',
  });
}

function remoteFile({path, size, listed}: HubFile, hub: Hub): RemoteFile {
  const url = fileUrl(hub.place, hub.repository, hub.revision, path);
  const origin = webOrigin(url, {
    client: hub.client,
    bearer: hub.place.bearer,
    explain: (answer) => explainHub(answer, hub),
  });
  return {path, size, listed, origin, key: listed.by === 'git' ? `git-${listed.oid}` : listed.digest};
}

function notesOn(files: readonly HubFile[]): string {
  const large = files.filter(({listed}) => listed.by === 'sha256').length;
  return `each file is what the hub lists at this commit: ${large} by SHA-256, ${files.length - large} by git’s SHA-1`;
}
