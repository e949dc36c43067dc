import {z} from 'zod';
import {describedName, describedText, mapOf, oneOf} from './describe.ts';

/**
 * `stores.yaml` in the user's configuration, and never in a project: which servers get this user's credentials
 * is for the user to say, not for the author of a pipeline.
 */
const URL_RULE = 'expected s3://bucket/prefix, https://host/prefix, or the path of a folder';

const store = z.strictObject(
  {
    url: describedText.regex(
      /^(s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/|$)|https?:\/\/[^\s/]+|file:\/\/\/|[./~])/,
      URL_RULE,
    ),
    endpoint: describedText
      .regex(/^https?:\/\/[^\s/]+\/?$/, 'expected https://host or https://host:port')
      .optional()
      .describe('Of an S3 server that is not AWS.'),
    region: describedText.optional(),
    'path-style': z
      .boolean({error: 'expected true or false'})
      .optional()
      .describe(
        'https://host/bucket/key rather than https://bucket.host/key; the default where there is an endpoint.',
      ),
    profile: describedText.optional().describe('Of the AWS configuration (~/.aws), for credentials.'),
    access: oneOf(['read-write', 'read-only']).default('read-write'),
    public: describedText
      .regex(/^https?:\/\/\S+$/, 'expected https://host/prefix')
      .optional()
      .describe('How readers without credentials reach the same bytes.'),
  },
  {error: 'expected a store: {url: s3://bucket/prefix}'},
);

export const storeFile = z.strictObject(
  {
    default: describedName.optional().describe('The store to use when nothing else names one.'),
    stores: mapOf(store, 'stores').default({}),
  },
  {error: 'expected a map with `stores`'},
);

export type StoreFile = z.infer<typeof storeFile>;
export type StoreDefinition = z.infer<typeof store>;
