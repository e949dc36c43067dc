import {execFile} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {rootCertificates} from 'node:tls';
import {promisify} from 'node:util';
import {readSmallText} from '../../artifacts/files/small-file.ts';
import {ownedName} from '../../artifacts/owner.ts';
import type {FetchContext} from './fetch-context.ts';
import {FetchError} from './fetch-error.ts';

/** Whose certificates are taken of a repository's server: for our own question, and for git. */
export interface GitTrust {
  /** PEM, beside the usual ones. */
  readonly authorities: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

type TrustContext = Pick<FetchContext, 'variables' | 'scratch' | 'owner'>;

/**
 * What the user said of certificates, in any of the ways that they know of: git's own variable and settings,
 * OpenSSL's, Node's. Git may be linked with a library that reads none of them but its own, so it is told in its own
 * way. Nothing of it comes from a pipeline.
 */
export async function gitTrust(address: string, context: TrustContext): Promise<GitTrust> {
  const {variables} = context;
  const {GIT_SSL_CAINFO, SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS} = variables;
  const set = GIT_SSL_CAINFO || (await userSetting('http.sslCAInfo', address, context)) || SSL_CERT_FILE;
  const more = NODE_EXTRA_CA_CERTS || undefined;
  const folder = SSL_CERT_DIR === undefined ? {} : {SSL_CERT_DIR};
  if (set === undefined || set === '') {
    if (more === undefined) return {authorities: [], variables: folder};
    const authorities = [pem(more, 'NODE_EXTRA_CA_CERTS')];
    return {authorities, variables: {...folder, GIT_SSL_CAINFO: together(authorities, context)}};
  }
  const all = more === undefined ? [] : [pem(more, 'NODE_EXTRA_CA_CERTS')];
  return {
    authorities: [...all, pem(set, 'GIT_SSL_CAINFO, http.sslCAInfo or SSL_CERT_FILE')],
    variables: {...folder, GIT_SSL_CAINFO: set},
  };
}

/** Node's variable adds to the usual ones, git's stands for all of them. */
function together(authorities: readonly string[], {scratch, owner}: TrustContext): string {
  const path = join(scratch, ownedName(owner, 'authorities.pem'));
  writeFileSync(path, [...rootCertificates, ...authorities].join('\n'), {mode: 0o600});
  return path;
}

function pem(path: string, by: string): string {
  const text = readSmallText(path, {links: 'follow'});
  if (text === undefined)
    throw new FetchError('refused', `${path}, the certificates that ${by} names, can't be read`);
  return text;
}

/** Of the user's and the machine's settings, for this address; no repository's are read. */
async function userSetting(
  key: string,
  address: string,
  {variables, scratch}: TrustContext,
): Promise<string | undefined> {
  for (const scope of ['--global', '--system']) {
    const argv = ['config', scope, '--type=path', '--get-urlmatch', key, address];
    const options = {cwd: scratch, env: {...variables, LC_ALL: 'C'}, timeout: 20_000};
    const {stdout} = await promisify(execFile)('git', argv, options).catch(() => ({stdout: ''}));
    if (stdout.trim() !== '') return stdout.trim();
  }
  return undefined;
}
