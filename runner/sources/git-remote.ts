import {isIP} from 'node:net';
import type {FetchContext} from './fetch-context.ts';
import {FetchError} from './fetch-error.ts';
import {gitTrust} from './git-trust.ts';
import type {GuardedAnswer} from './guarded-client.ts';
import {statusTrouble} from './web-origin.ts';

/** A repository where git may look for it, and how git is held to that. */
export interface GitRemote {
  readonly url: string;
  /** `-c` of git. */
  readonly config: readonly string[];
  readonly protocols: readonly string[];
  /** Variables that say whose certificates are taken. */
  readonly trust: Readonly<Record<string, string>>;
}

const QUESTION = '/info/refs?service=git-upload-pack';

/**
 * git resolves names and follows redirects by itself, by no rules of ours. So we ask first, by our rules, where the
 * repository is; then git is told the checked address of its host, and to follow nothing.
 */
export async function findGitRemote(address: string, context: FetchContext): Promise<GitRemote> {
  const trust = await gitTrust(address, context);
  const client = context.openClient(context.allowed, trust.authorities);
  try {
    const asked = new URL(`${address.replace(/\/+$/, '')}${QUESTION}`);
    const answer = await client.get(asked, {signal: context.signal});
    answer.discard();
    if (answer.status !== 200) throw explain(address, answer);
    const {url} = answer;
    if (!url.href.endsWith(QUESTION)) throw new FetchError('refused', `${url.host} leads to no repository`);
    const addresses = await client.addresses(url);
    return {
      url: url.href.slice(0, -QUESTION.length),
      config: [
        'http.followRedirects=false',
        ...resolvedConfig(
          url,
          addresses.map(({address}) => address),
        ),
      ],
      protocols: [url.protocol.slice(0, -1)],
      trust: trust.variables,
    };
  } finally {
    client.close();
  }
}

function explain(address: string, answer: GuardedAnswer): FetchError {
  if (answer.status !== 401 && answer.status !== 404) return statusTrouble(answer);
  return new FetchError('not-there', `${address} is not there, or not for everybody (${answer.status})`, {
    help: 'a source must be what a stranger can fetch too: check the URL, or publish the repository',
  });
}

/** Since git 2.37; older ones ask the resolver once more. */
function resolvedConfig({hostname, port, protocol}: URL, addresses: readonly string[]): readonly string[] {
  if (isIP(hostname.replace(/^\[|\]$/g, '')) > 0) return [];
  const number = port === '' ? (protocol === 'http:' ? '80' : '443') : port;
  const all = addresses.map((address) => (isIP(address) === 6 ? `[${address}]` : address)).join(',');
  return [`http.curloptResolve=${hostname}:${number}:${all}`];
}
