import {createHash} from 'node:crypto';
import {foreignText} from '../../schemas/foreign-text.ts';
import type {S3Connection} from './s3-connection.ts';
import {refusalOf} from './s3-error.ts';

/** A thousand in one request. */
export async function removeKeys(connection: S3Connection, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += MOST) await removeSome(connection, keys.slice(at, at + MOST));
}

const MOST = 1000;

async function removeSome(connection: S3Connection, keys: readonly string[]): Promise<void> {
  const objects = keys.map((key) => `<Object><Key>${inXml(key)}</Key></Object>`).join('');
  const body = Buffer.from(
    `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects}<Quiet>true</Quiet></Delete>`,
  );
  const answer = await connection.ask({
    method: 'POST',
    key: '',
    what: 'removing',
    query: {delete: ''},
    headers: {
      'content-length': String(body.length),
      'content-type': 'application/xml',
      'content-md5': createHash('md5').update(body).digest('base64'),
    },
    body,
    sha256: createHash('sha256').update(body).digest('hex'),
    expected: [200],
  });
  refuseErrors(connection, await answer.text());
}

/** No key of ours has a control character. */
function inXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** An answer of 200 may say of single keys that they could not be removed. */
function refuseErrors(connection: S3Connection, xml: string): void {
  for (const [, error = ''] of xml.matchAll(/<Error>(.*?)<\/Error>/gs)) {
    const field = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(error)?.[1] ?? '';
    if (field('Code') === 'NoSuchKey') continue;
    const refusal = refusalOf(
      field('Code') === 'AccessDenied' ? 403 : 500,
      {},
      {
        code: field('Code'),
        message: field('Message'),
        region: '',
      },
    );
    throw connection.trouble(refusal, `removing ${foreignText(field('Key'))}`);
  }
}
