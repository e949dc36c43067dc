import {parseBucketAddress} from '../../../artifacts/bucket/bucket-address.ts';
import {BucketError} from '../../../artifacts/bucket/bucket-error.ts';
import {REAL_SURROUNDINGS} from '../../../artifacts/bucket/surroundings.ts';
import type {ProbeReport} from '../../../artifacts/s3/probe.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {refuse} from '../../opening/world/refuse.ts';
import {refuseBucket} from '../../opening/world/refuse-bucket.ts';
import type {World} from '../../opening/world/world.ts';
import {storeCheckText} from '../../report/store-check-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {type FoundStore, findStore} from '../../stores/find-store.ts';

export interface StoreCheckOptions {
  /** `s3://bucket/prefix`, or a name of stores.yaml that stands for one. */
  readonly place: string;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly json: boolean;
}

/** `repro store check STORE`: asks a server of S3 what it really does, and says whether repro can keep a store there. */
export async function storeCheck(options: StoreCheckOptions, world: World): Promise<ExitCode> {
  const found = findStore(options.place, world);
  if (!found.ok) {
    refuse([found.error], world, options.json);
    return ExitCode.usage;
  }
  try {
    const report = await probe(found.value, options, world);
    world.out.write(
      options.json
        ? `${JSON.stringify(report, null, 2)}\n`
        : storeCheckText(report, chooseStyle(world.variables, world.out.isTerminal)),
    );
    return report.verdict.usable === 'no' ? ExitCode.store : ExitCode.ok;
  } catch (error) {
    if (!(error instanceof BucketError)) throw error;
    return refuseBucket(error, world, options.json);
  }
}

/** As the store is configured, but for what was given beside it. */
async function probe(
  found: FoundStore,
  {endpoint = found.endpoint, region = found.region}: StoreCheckOptions,
  world: World,
): Promise<ProbeReport> {
  const {url} = found;
  const parsed = parseBucketAddress(url);
  if (parsed.kind !== 's3') {
    const why =
      parsed.kind === 'web' ? 'a web server can only be read from' : 'a folder is as good as its disk';
    throw new BucketError(
      'refused',
      `${url}: there is nothing to find out, ${why}; give an s3://bucket/prefix`,
    );
  }
  const {probeBucket} = await import('../../../artifacts/s3/probe.ts');
  const idle = found.patienceMs === undefined ? {} : {idleMs: found.patienceMs};
  return probeBucket(
    {...found, endpoint, region, ...parsed},
    {...REAL_SURROUNDINGS, ...idle, now: world.now},
  );
}
