import {foreignText} from '../../schemas/foreign-text.ts';
import type {Listed} from '../bucket/bucket.ts';
import {BucketError} from '../bucket/bucket-error.ts';
import type {S3Connection} from './s3-connection.ts';

/** Page by page, as they are asked for. */
export async function* listBucketKeys(
  connection: S3Connection,
  prefix: string,
  after?: string,
): AsyncGenerator<Listed> {
  const {bucket, prefix: base} = connection.place;
  const {host} = connection;
  let token: string | undefined;
  let barren = 0;
  do {
    const page = await connection.control('listing', ({client, commands}) =>
      client.send(
        new commands.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: base + prefix,
          // Not every key can be written in XML.
          EncodingType: 'url',
          ...(token !== undefined && {ContinuationToken: token}),
          ...(token === undefined && after !== undefined && {StartAfter: base + after}),
        }),
      ),
    );
    const found = page.Contents ?? [];
    for (const {Key: written, Size: size, LastModified: modified} of found) {
      const key = keyOf(written, page.EncodingType, host);
      // Consoles make empty objects that end with a slash, to look like folders.
      if (key === undefined || key.endsWith('/')) continue;
      if (!key.startsWith(base + prefix)) throw notAsked(host, key);
      yield {key: key.slice(base.length), size: size ?? 0, modified: modified?.getTime() ?? 0};
    }
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    barren = found.length === 0 ? barren + 1 : 0;
    if (next !== undefined && (next === token || barren > MOST_BARREN)) throw goesNowhere(host);
    token = next;
  } while (token !== undefined);
}

/** Servers that filter behind their pages send some without a key; not hundreds in a row. */
const MOST_BARREN = 100;

/** A blank is `+` or %20 there, and a plus is %2B. Servers that don't know how send it as it is, and don't say so. */
function keyOf(written: string | undefined, encoding: string | undefined, host: string): string | undefined {
  if (written === undefined || encoding !== 'url') return written;
  try {
    return decodeURIComponent(written.replace(/\+/g, ' '));
  } catch (error) {
    const message = `${host} lists a key that can't be read: ${foreignText(written, 100)}`;
    throw new BucketError('refused', message, {cause: error});
  }
}

function notAsked(host: string, key: string): BucketError {
  return new BucketError('refused', `${host} lists what was not asked for: ${foreignText(key, 100)}`);
}

function goesNowhere(host: string): BucketError {
  return new BucketError('refused', `${host}: its listing goes round in circles`);
}
