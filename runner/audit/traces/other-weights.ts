import type {ReadableBucket} from '../../../artifacts/bucket/bucket.ts';
import type {TreeManifest} from '../../../schemas/artifact.ts';
import {readFiles} from '../read-files.ts';

/** What a loader could take in place of the weights that were hashed. */
export interface OtherWeights {
  /** Something in the folder sends a loader elsewhere. */
  readonly findings: readonly string[];
  /** Weights beside them, of which a trace says nothing. */
  readonly beside: readonly string[];
}

const CONFIG = 'config.json';
const INDEX = /^[^/]+\.index\.json$/;
/** By the names under which loaders look; what is in them, nobody needs to know. */
const WEIGHTS =
  /(?:\.(?:safetensors|gguf|ckpt|pth|pt|h5|msgpack|onnx)|(?:^|\/)(?:pytorch_model|adapter_model)[^/]*\.bin|(?:^|\/)adapter_config\.json)$/i;

/**
 * A folder may hold the trained weights and be loaded as others: transformers takes the file that `config.json` names
 * as `transformers_weights`, then the files that an index names, in whatever folder, before it tries other formats.
 */
export async function otherWeights(
  bucket: ReadableBucket,
  manifest: TreeManifest,
  hashed: ReadonlySet<string>,
): Promise<OtherWeights> {
  const paths = manifest.entries.map(({path}) => path);
  const signposts = paths.filter((path) => path === CONFIG || INDEX.test(path));
  const files = await readFiles(bucket, manifest, (path) => signposts.includes(path));
  const findings = signposts.flatMap((path) => {
    const bytes = files.get(path);
    // One that is lost or spoiled, the row of artifacts tells.
    if (bytes === undefined) return [];
    const value = parse(bytes);
    if (path === CONFIG) return configFault(value, hashed, signposts);
    return indexFault(path, value, hashed);
  });
  const beside = paths.filter((path) => WEIGHTS.test(path) && !hashed.has(path));
  return {findings, beside};
}

function configFault(
  value: unknown,
  hashed: ReadonlySet<string>,
  signposts: readonly string[],
): readonly string[] {
  const named = fieldOf(value, 'transformers_weights');
  if (named === undefined || named === null) return [];
  if (typeof named === 'string' && (signposts.includes(named) || isOnly(named, hashed))) return [];
  return [`its ${CONFIG} sends a loader to other weights: ${shown(named)}`];
}

function indexFault(path: string, value: unknown, hashed: ReadonlySet<string>): readonly string[] {
  const map = fieldOf(value, 'weight_map');
  const named = new Set<unknown>(typeof map === 'object' && map !== null ? Object.values(map) : []);
  const other = [...named].find((file) => typeof file !== 'string' || !hashed.has(file));
  if (other !== undefined) return [`its ${path} sends a loader to other weights: ${shown(other)}`];
  const left = [...hashed].find((file) => !named.has(file));
  return left === undefined ? [] : [`its ${path} leaves out ${shown(left)}`];
}

function isOnly(named: string, hashed: ReadonlySet<string>): boolean {
  return hashed.size === 1 && hashed.has(named);
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 80) ?? 'nothing';
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
