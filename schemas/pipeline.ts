import {z} from 'zod';
import {
  describedFlag,
  describedJson,
  describedName,
  describedText,
  MAXIMUM_SEED,
  mapOf,
  oneOf,
  whole,
} from './describe.ts';
import {paramSpec} from './param.ts';
import {stageDefinition} from './pipeline-stage.ts';

/**
 * `pipelines/*.yaml`, as a person writes it. The loader checks `pipelineHeader` and then each entry
 * of each section by itself, so that one bad entry does not hide the others; editors get the whole.
 */
export const SECTIONS = ['params', 'environments', 'sources', 'stages'] as const;
export type SectionName = (typeof SECTIONS)[number];

const HEX_64 = 'expected the SHA-256 in hexadecimal, 64 small digits';
const sha256 = z.string({error: `${HEX_64}, in quotes`}).regex(/^[0-9a-f]{64}$/, HEX_64);
const pin = z.union([sha256, z.literal('unpinned')], {error: `${HEX_64}, in quotes, or "unpinned"`});
const commit = z
  .string({error: 'expected a full commit, 40 hexadecimal digits, in quotes'})
  .regex(/^[0-9a-f]{40}$/, 'expected a full commit, 40 hexadecimal digits: a branch or tag can move');

export const environmentDefinition = z
  .union(
    [
      z.literal('host'),
      z.strictObject({
        python: z.strictObject({
          lock: describedText.describe('A pip lock file with hashes, relative to this file.'),
          installer: oneOf(['pip', 'uv']).default('pip'),
        }),
      }),
    ],
    {error: 'expected host, or {python: {lock: FILE, installer: pip or uv}}'},
  )
  .meta({id: 'environment', description: 'What the stages run in. `host` is whatever the machine has.'});

export const sourceDefinition = z
  .strictObject(
    {
      file: describedText.optional().describe('A file or folder, relative to this file.'),
      https: describedText.optional(),
      hf: describedText
        .optional()
        .describe('organisation/name of a model on the hub, datasets/organisation/name; needs `revision`.'),
      s3: describedText.optional().describe('s3://bucket/key, or s3://bucket/prefix/ for all under it.'),
      git: describedText.optional().describe('https:// URL of a repository; needs `commit`.'),
      revision: commit.optional(),
      commit: commit.optional(),
      files: z
        .array(describedText, {
          error: 'expected a list of file names, such as ["*.json", "model.safetensors"]',
        })
        .min(1, 'expected at least one file name')
        .optional()
        .describe('Of `hf`: these files only; `*` stands for any text. All when absent.'),
      sha256: pin.describe('Of the bytes, or of a tree; `unpinned` may be planned but not run.'),
      kind: describedName.describe('What it is: model, problems, …'),
      type: oneOf(['blob', 'tree']).optional().describe('When the place does not tell.'),
      description: describedText.optional(),
    },
    {error: 'expected a source: {file: …, sha256: …, kind: …}'},
  )
  .meta({
    id: 'source',
    description: 'Something made elsewhere, pinned by digest.',
    oneOf: ['file', 'https', 'hf', 's3', 'git'].map((from) => ({required: [from]})),
  });

const includeEntry = z.strictObject(
  {file: describedText.describe('Relative to this file.'), sha256},
  {error: 'expected {file: …, sha256: …}'},
);

const partial = z.union([z.record(describedName, describedJson), z.null()], {
  error: 'expected a map, or null to remove it all',
});
const overlay = z
  .strictObject(
    {
      description: z.union([describedText, z.null()]).optional(),
      seed: whole(0, MAXIMUM_SEED).nullable().optional(),
      portable: describedFlag.nullable().optional(),
      params: partial.optional().describe('{x: 3} is short for {x: {default: 3}}.'),
      environments: partial.optional(),
      sources: partial.optional(),
      stages: partial.optional(),
    },
    {error: 'expected a profile: a map that is laid over the pipeline'},
  )
  .meta({id: 'profile', description: 'A merge patch (RFC 7396) over the pipeline: null removes.'});

const author = z.strictObject({
  name: describedText,
  affiliation: describedText.optional(),
  email: describedText.optional(),
  orcid: describedText.optional(),
  url: describedText.optional(),
});

const words = {
  $schema: describedText.optional(),
  repro: z.literal(1, {error: 'expected 1, the version of this format'}).describe('Format version.'),
  name: describedName.describe('What the pipeline is called.'),
  description: describedText.optional(),
  license: describedText.optional().describe('An SPDX identifier.'),
  authors: z.array(author, {error: 'expected a list such as [{name: Ada}]'}).optional(),
  citation: z
    .union([describedText, z.record(z.string(), describedJson)], {error: 'expected text or a map'})
    .optional(),
  store: describedName
    .optional()
    .describe(
      "A store of the reader's own stores.yaml, by its name there: a file can't say where credentials go.",
    ),
  seed: whole(0, MAXIMUM_SEED).default(0).describe('Of all that is random; 0 when absent.'),
  portable: describedFlag
    .default(false)
    .describe('Bits that do not depend on the make of the CPU, from x86-64-v3 on; slower matrix products.'),
  include: z.array(includeEntry, {error: 'expected a list such as [{file: …, sha256: …}]'}).optional(),
  profiles: mapOf(overlay, 'profiles').optional(),
};

/** The document without what is inside its sections. */
export const pipelineHeader = z.strictObject(
  {
    ...words,
    params: mapOf(describedJson, 'params').default({}),
    environments: mapOf(describedJson, 'environments').default({}),
    sources: mapOf(describedJson, 'sources').default({}),
    stages: mapOf(describedJson, 'stages').default({}),
  },
  {error: 'expected a pipeline: a map with `repro: 1`, `name` and `stages`'},
);

export const pipelineDocument = z
  .strictObject({
    ...words,
    params: mapOf(paramSpec, 'params').optional(),
    environments: mapOf(environmentDefinition, 'environments').optional(),
    sources: mapOf(sourceDefinition, 'sources').optional(),
    stages: mapOf(stageDefinition, 'stages'),
  })
  .meta({title: 'repro pipeline', description: 'A pipeline of stages that repro runs.'});

export type PipelineHeader = z.infer<typeof pipelineHeader>;
export type EnvironmentDefinition = z.infer<typeof environmentDefinition>;
export type SourceDefinition = z.infer<typeof sourceDefinition>;
