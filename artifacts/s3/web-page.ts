import {BucketError} from '../bucket/bucket-error.ts';
import type {HttpAnswer} from '../web/exchange.ts';

/**
 * The page of a proxy or a hotel, with status 200, in place of the bucket: nothing that it says is about an object. What
 * S3 has stored comes with an ETag, whatever its type; what it answers to all else is XML, or nothing.
 */
export function refuseWebPage(
  answer: HttpAnswer,
  {method}: {readonly method: string},
  {host}: {readonly host: string},
): HttpAnswer {
  const type = answer.headers['content-type'] ?? '';
  const isObject = (method === 'GET' || method === 'HEAD') && answer.headers.etag !== undefined;
  if (answer.status >= 300 || isObject || !/^\s*(text\/html|application\/xhtml)/i.test(type)) return answer;
  answer.discard();
  throw webPage(host);
}

function webPage(host: string): BucketError {
  return new BucketError(
    'refused',
    `${host} answers with a web page in place of the bucket: is there a login page on the way, or is the endpoint another one?`,
  );
}
