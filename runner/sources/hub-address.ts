import type {UserVariables} from './fetch-context.ts';
import {FetchError} from './fetch-error.ts';
import type {Bearer} from './guarded-client.ts';

/** Where the hub is, and who asks it: the user's to say, by HF_ENDPOINT and HF_TOKEN. */
export interface HubAddress {
  /** Without a slash at its end. */
  readonly endpoint: URL;
  readonly bearer: Bearer | undefined;
}

const HUB = 'https://huggingface.co';

export function hubAddress({HF_ENDPOINT: given, HF_TOKEN: token}: UserVariables): HubAddress {
  const text = given === undefined || given === '' ? HUB : given;
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new FetchError('bad-url', `HF_ENDPOINT is no URL: ${JSON.stringify(text)}`);
  }
  const endpoint = new URL(text);
  const bearer =
    token === undefined || token.trim() === '' ? undefined : {origin: endpoint.origin, token: token.trim()};
  return {endpoint, bearer};
}

/** `datasets/org/name` is a data set, `org/name` a model: as the hub's own URLs have it. */
export interface HubRepository {
  readonly kind: 'models' | 'datasets';
  readonly id: string;
}

export function hubRepository(repository: string): HubRepository {
  const prefix = 'datasets/';
  return repository.startsWith(prefix)
    ? {kind: 'datasets', id: repository.slice(prefix.length)}
    : {kind: 'models', id: repository};
}

export function listUrl({endpoint}: HubAddress, {kind, id}: HubRepository, revision: string): URL {
  const url = under(endpoint, `api/${kind}/${id}/tree/${revision}`);
  url.search = '?recursive=true';
  return url;
}

export function fileUrl(
  {endpoint}: HubAddress,
  {kind, id}: HubRepository,
  revision: string,
  path: string,
): URL {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return under(endpoint, `${kind === 'datasets' ? 'datasets/' : ''}${id}/resolve/${revision}/${encoded}`);
}

export function pageUrl({endpoint}: HubAddress, {kind, id}: HubRepository): string {
  return under(endpoint, `${kind === 'datasets' ? 'datasets/' : ''}${id}`).href;
}

/** A mirror may live in a folder of its host. */
function under(endpoint: URL, path: string): URL {
  const url = new URL(endpoint);
  url.search = '';
  url.hash = '';
  url.pathname = `${endpoint.pathname.replace(/\/+$/, '')}/${path}`;
  return url;
}
