import {err, ok, type Result} from '../../schemas/result.ts';

/** Somebody else's pipeline, as it is named on the command line. Every form says to the byte what it means. */
export type ProjectAddress =
  | {readonly from: 'publication'; readonly url: string}
  | {readonly from: 'git'; readonly url: string; readonly commit: string; readonly file: string}
  | {readonly from: 'https'; readonly url: string; readonly sha256: string; readonly file: string};

const PUBLICATION = /(^|\/)(publications\/v1\/[0-9a-f]{64}|names\/v1\/[^/]+\/[^/]+)\/?$/;
const GIT = /^git\+(https:\/\/[^\s#?@]+)@([0-9a-f]{40}):([^\s]+)$/;
const HTTPS = /^(https:\/\/[^\s#@]+\/([^\s#?/]+\.ya?ml))#sha256=([0-9a-f]{64})$/;

/** Whether this is no file of one's own. */
export function isProjectAddress(text: string): boolean {
  return /^(git\+|https?:\/\/|s3:\/\/)/.test(text) || PUBLICATION.test(text);
}

export function parseProjectAddress(text: string): Result<ProjectAddress, string> {
  const [, repository, commit, path] = GIT.exec(text) ?? [];
  if (repository !== undefined && commit !== undefined && path !== undefined)
    return ok({from: 'git', url: repository, commit, file: path});
  const [, url, file, sha256] = HTTPS.exec(text) ?? [];
  if (url !== undefined && file !== undefined && sha256 !== undefined)
    return ok({from: 'https', url, sha256, file});
  if (PUBLICATION.test(text)) return ok({from: 'publication', url: text});
  return err(FORMS);
}

const FORMS =
  'name a published run (…/publications/v1/…), git+https://host/repository@COMMIT:path/pipeline.yaml with all 40 digits of the commit, or https://host/pipeline.yaml#sha256=…';
