import type {Digest} from '../../schemas/digest.ts';
import type {FetchContext, Fetched} from './fetch-context.ts';
import {fetchBlob} from './fetch-files.ts';
import {webOrigin} from './web-origin.ts';

/** One file of a web server. */
export async function fetchWeb(
  address: string,
  pin: Digest | undefined,
  context: FetchContext,
): Promise<Fetched> {
  const client = context.openClient(context.allowed);
  try {
    const url = new URL(address);
    const origin = webOrigin(url, {client});
    const key = pin ?? `url ${url.href}`;
    const remote = {path: 'file', origin, key, size: undefined, listed: undefined};
    return {artifact: await fetchBlob(remote, pin, context), notes: []};
  } finally {
    client.close();
  }
}
