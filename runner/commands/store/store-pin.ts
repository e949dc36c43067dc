import {join} from 'node:path';
import {type Pin, pinInBucket, pinOnDisk} from '../../../artifacts/upkeep/pins.ts';
import {problem} from '../../../schemas/diagnostic.ts';
import {type Digest, parseDigest, shortDigest} from '../../../schemas/digest.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {closeStore, openAnyStore} from '../../opening/stores/open-any-store.ts';
import {projectRoot} from '../../opening/world/directories.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {line} from '../../report/lines.ts';
import {findRun} from '../../run/find-run.ts';

export interface PinOptions {
  /** A digest, or a run of this project. */
  readonly what: string;
  readonly store: string | undefined;
  readonly note: string;
  readonly json: boolean;
}

/** `repro store pin WHAT`: `gc` keeps it, and all that it names, for ever. */
export async function pin({what, store, note, json}: PinOptions, world: World): Promise<ExitCode> {
  const keep = digestOf(what, world);
  if (keep === undefined) return refuse([unknown(what)], world, json);
  const opened = await openAnyStore(store, world, 'write');
  if (!opened.ok) return refuse([opened.error], world, json);
  const {value} = opened;
  try {
    const artifacts = value.kind === 'disk' ? value.store.artifacts : value.remote.artifacts;
    if ((await artifacts.missing([keep])).size > 0) return refuse([notThere(keep, value.name)], world, json);
    const document: Pin = {pin: 1, keep, note};
    if (value.kind === 'disk') pinOnDisk(value.store.layout, document);
    else await pinInBucket(value.remote.bucket, document);
    world.out.write(
      json
        ? `${JSON.stringify(document)}\n`
        : line(`${value.name}: ${shortDigest(keep)} and all that it names is kept`),
    );
    return ExitCode.ok;
  } finally {
    await closeStore(value);
  }
}

function digestOf(what: string, world: World): Digest | undefined {
  const digest = parseDigest(/^[0-9a-f]{64}$/.test(what) ? `sha256:${what}` : what);
  return digest ?? findRun(join(projectRoot(world.directory), '.repro'), what)?.digest;
}

function unknown(what: string) {
  return problem(
    'unknown-run',
    `"${what}" is neither a digest nor a run of this project`,
    'runs are in .repro/runs; a digest is sha256: and 64 hexadecimal digits',
  );
}

function notThere(digest: Digest, store: string) {
  return problem('not-there', `${store} does not have ${digest}`);
}
