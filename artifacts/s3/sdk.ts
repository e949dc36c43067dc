import {Readable} from 'node:stream';
import type {S3Client, S3ClientConfig} from '@aws-sdk/client-s3';
import * as commands from '@aws-sdk/client-s3';
import {BucketError} from '../bucket/bucket-error.ts';
import {exchange, type HttpRequest} from '../web/exchange.ts';
import type {HttpClient} from '../web/http-client.ts';
import {queryOf} from '../web/query-of.ts';
import {credentialsText, noCredentials} from './credentials-text.ts';
import {isAws, type S3Address, usesPathStyle} from './s3-address.ts';
import {type Refusal, refusalOf} from './s3-error.ts';
import {refuseWebPage} from './web-page.ts';

export interface ToSign {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What we use of the SDK: where credentials come from, signatures, control calls. It is large, so this file is
 * imported lazily, by way of open-s3-bucket.ts and probe.ts. (The package itself could not be: as CommonJS, in a
 * bundle, it would have no names.)
 */
export interface Sdk {
  readonly client: S3Client;
  readonly commands: typeof commands;
  /** As configured for this user where none was given; undefined is AWS. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Throws `denied`, in words, where there are none. */
  findCredentials(): Promise<void>;
  /** The headers with the signature. */
  sign(request: ToSign, now: number): Promise<Readonly<Record<string, string>>>;
  refreshCredentials(): Promise<void>;
  /** Where the credentials in use came from, for people. */
  credentialsFrom(): string;
  setSkew(milliseconds: number): void;
  /** What the server said, when it is that which an SDK call has thrown. */
  refusalIn(error: unknown): Refusal | undefined;
  close(): void;
}

export async function loadSdk(place: S3Address, http: HttpClient): Promise<Sdk> {
  const {endpoint, region} = await configured(new commands.S3Client(configOf(place, http)), place);
  const client = new commands.S3Client(configOf({...place, endpoint, region}, http));
  const signer = await client.config.signer({
    name: 'sigv4',
    signingName: 's3',
    signingRegion: region,
    properties: {},
  });
  let used: object | undefined;
  const findCredentials = async () => {
    used = await credentialsOf(client, place);
  };
  return {
    client,
    commands,
    endpoint,
    region,
    findCredentials,
    sign: async (request, now) => {
      await findCredentials();
      const {headers} = await signer.sign({...NOWHERE, ...copyOf(request)}, {signingDate: new Date(now)});
      return headers;
    },
    refreshCredentials: async () => {
      await client.config.credentials({forceRefresh: true});
    },
    credentialsFrom: () => (used === undefined ? 'no credentials were used' : credentialsText(used)),
    setSkew: (milliseconds) => {
      client.config.systemClockOffset = milliseconds;
    },
    refusalIn,
    close: () => client.destroy(),
  };
}

/** The signature covers the `host` header, not these. */
const NOWHERE = {protocol: 'https:', hostname: ''};

function copyOf({method, path, query, headers}: ToSign) {
  return {method, path, query: {...query}, headers: {...headers}};
}

/** AWS_ENDPOINT_URL_S3, AWS_REGION and ~/.aws/config, where nothing was given. */
async function configured(
  client: S3Client,
  place: S3Address,
): Promise<{endpoint: string | undefined; region: string}> {
  const endpoint = place.endpoint ?? (await client.config.serviceConfiguredEndpoint?.());
  try {
    return {endpoint, region: place.region ?? (await client.config.region())};
  } catch (error) {
    // Other servers have regions by courtesy.
    if (!isAws({endpoint})) return {endpoint, region: 'us-east-1'};
    const message = `s3://${place.bucket}: in which region? Set AWS_REGION, or give the region, or the endpoint of a server that isn't AWS`;
    throw new BucketError('refused', message, {cause: error});
  } finally {
    client.destroy();
  }
}

function configOf(place: S3Address, http: HttpClient): S3ClientConfig {
  const {endpoint, region, profile, credentials, bucket} = place;
  return {
    ...(endpoint !== undefined && {endpoint}),
    ...(region !== undefined && {region}),
    ...(profile !== undefined && {profile}),
    ...(credentials !== undefined && {credentials: withoutUndefined(credentials)}),
    forcePathStyle: usesPathStyle(place, bucket),
    // Other servers refuse what the SDK adds for AWS's sake, or store it inside the object.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Tried again by retrying-bucket.ts, from one budget.
    maxAttempts: 1,
    requestHandler: handlerOver(http),
  };
}

function withoutUndefined({
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: NonNullable<S3Address['credentials']>) {
  return {accessKeyId, secretAccessKey, ...(sessionToken !== undefined && {sessionToken})};
}

async function credentialsOf(client: S3Client, place: S3Address): Promise<object> {
  try {
    return await client.config.credentials();
  } catch (error) {
    throw noCredentials(place, error);
  }
}

function refusalIn(error: unknown): Refusal | undefined {
  if (error instanceof commands.S3ServiceException) {
    const {$response, $metadata, name, message} = error;
    return refusalOf($metadata.httpStatusCode ?? 0, $response?.headers ?? {}, {
      code: name,
      message,
      region: '',
    });
  }
  // It got an answer and could not read it: cut off, or damaged.
  if (error instanceof Error && !(error instanceof BucketError) && '$response' in error)
    return refusalOf(502, {}, {code: 'UnreadableAnswer', message: error.message, region: ''});
  return undefined;
}

/** What the SDK hands to its transport. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Control calls over the same connections as bytes, with the same watchdog and the same words for trouble. */
function handlerOver(http: HttpClient) {
  return {
    handle: async (request: SdkRequest) => {
      const asked = fromSdk(request);
      const answer = refuseWebPage(await exchange(http, asked), asked, asked.url);
      return {
        response: {statusCode: answer.status, headers: answer.headers, body: Readable.from(answer.chunks())},
      };
    },
    destroy: () => undefined,
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

function fromSdk({method, protocol, hostname, port, path, query, headers, body}: SdkRequest): HttpRequest {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  url.search = queryOf(query ?? {});
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array))
    throw new TypeError('the SDK sends a stream where it sent bytes before');
  return {
    method: method as HttpRequest['method'],
    url,
    headers,
    // To put many parts together takes its time; AWS sends blanks meanwhile.
    unhurried: method === 'POST' && url.searchParams.has('uploadId'),
    ...(body !== undefined && {body: typeof body === 'string' ? Buffer.from(body) : body}),
  };
}
