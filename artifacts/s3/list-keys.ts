import type {Listed} from '../bucket/bucket.ts';
import type {S3Connection} from './s3-connection.ts';

/** Page by page, as they are asked for. */
export async function* listKeys(
  connection: S3Connection,
  prefix: string,
  after?: string,
): AsyncGenerator<Listed> {
  const {bucket, prefix: base} = connection.place;
  let token: string | undefined;
  do {
    const page = await connection.control('listing', ({client, commands}) =>
      client.send(
        new commands.ListObjectsV2Command({
          Bucket: bucket,
          Prefix: base + prefix,
          ...(token !== undefined && {ContinuationToken: token}),
          ...(token === undefined && after !== undefined && {StartAfter: base + after}),
        }),
      ),
    );
    for (const {Key: key, Size: size, LastModified: modified} of page.Contents ?? []) {
      // Consoles make empty objects that end with a slash, to look like folders.
      if (key === undefined || key.endsWith('/')) continue;
      yield {key: key.slice(base.length), size: size ?? 0, modified: modified?.getTime() ?? 0};
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}
