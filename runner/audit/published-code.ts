import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {doneStages} from './done-stages.ts';
import type {Holding} from './promised-bytes.ts';
import {readFiles} from './read-files.ts';
import {readPublishedTree} from './read-tree.ts';

/** The text that a run was planned from, in memory: nothing of it is written to disk. */
export interface PublishedCode {
  /** The pipeline file, as a path in `files`. */
  readonly file: string;
  /** Pipeline, includes, locks, contracts; by path relative to the project. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The contracts of stage folders, by `builtin:sft` or a path relative to the project. */
  readonly contracts: ReadonlyMap<string, Uint8Array>;
}

/** Undefined when not even the pipeline file can be had: other checks say why. */
export async function readPublishedCode(
  bucket: ReadableBucket,
  {source}: RunRecord2,
): Promise<PublishedCode | undefined> {
  const tree = await readPublishedTree(bucket, source.files);
  if (tree.state !== 'read') return undefined;
  const files = await readFiles(bucket, tree.manifest, () => true);
  if (!files.has(source.file)) return undefined;
  const contracts = new Map<string, Uint8Array>();
  for (const [folder, artifact] of Object.entries(source.folders)) {
    const read = await readPublishedTree(bucket, artifact);
    if (read.state !== 'read') continue;
    const contract = (await readFiles(bucket, read.manifest, (path) => path === 'stage.yaml')).get(
      'stage.yaml',
    );
    if (contract !== undefined) contracts.set(folder, contract);
  }
  return {file: source.file, files, contracts};
}

/** All that the source of a run is, for hashing. */
export function codeHoldings({source}: RunRecord2): readonly Holding[] {
  return [
    {check: 'source', name: 'the pipeline’s files', artifact: source.files},
    {check: 'code', name: 'the Python SDK', artifact: source.sdk},
    ...Object.entries(source.folders).map(
      ([folder, artifact]): Holding => ({check: 'code', name: `the code of ${folder}`, artifact}),
    ),
  ];
}

/** What of the record does not fit its source's text. */
export function publishedCodeFindings(
  record: RunRecord2,
  source: PublishedCode | undefined,
): readonly string[] {
  if (source === undefined) return ['the pipeline file can’t be read'];
  const text = source.files.get(source.file);
  if (text === undefined || digestOfBytes(text) === record.pipeline.text) return [];
  return [`${source.file} is not the pipeline file that the record names`];
}

/** Whether what ran is what is published: each stage's code is one of the folders, its SDK is the SDK. */
export function codeFindings(record: RunRecord2): readonly string[] {
  const published = new Set<Digest>(Object.values(record.source.folders).map(({digest}) => digest));
  return doneStages(record).flatMap(({name, receipt: {document}}) => [
    ...(published.has(document.code) ? [] : [`${name}: ran code that is not published (${document.code})`]),
    ...(document.sdk === record.source.sdk.digest ? [] : [`${name}: ran with another SDK (${document.sdk})`]),
  ]);
}
