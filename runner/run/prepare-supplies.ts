import {join} from 'node:path';
import type {ArtifactStore} from '../../artifacts/store.ts';
import type {RunEventBody} from '../../schemas/event.ts';
import type {StageFailure} from '../../schemas/failure.ts';
import type {Plan} from '../../schemas/plan.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {ReadyEnvironment} from '../environments/environment.ts';
import {type EnvironmentContext, openEnvironment} from '../environments/environments.ts';
import {bringSource} from '../sources/bring-source.ts';
import type {FetchOptions} from '../sources/fetch-source.ts';
import {placeCode} from './code-folder.ts';
import type {GatheredFacts} from './gather-facts.ts';
import type {Supplies} from './run-context.ts';

export interface SupplyOptions {
  readonly plan: Plan;
  readonly facts: GatheredFacts;
  readonly store: ArtifactStore;
  readonly environments: Omit<EnvironmentContext, 'onBuild' | 'onWarning'>;
  /** What fetching needs to know of the user: variables, who is alive, where buckets are. */
  readonly sources: Pick<FetchOptions, 'variables' | 'isAlive' | 'placeOf'>;
  readonly scratch: string;
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEventBody) => void;
  readonly now: () => number;
  readonly stagesDirectory: string;
  /** Whether stages can't write to what they are given. */
  readonly confined: boolean;
}

/** Builds and fetches what executions need, each thing once, however many stages ask for it. */
export function makeSupplies(options: SupplyOptions): Supplies {
  const {facts, store} = options;
  const environment = once((name) => prepareEnvironment(name, options));
  const source = once(async (name) => {
    const planned = options.plan.sources.get(name);
    if (planned === undefined) throw new Error(`no source ${name}`);
    const brought = await bringSource(planned, facts.source(name).digest, {
      ...options,
      ...options.sources,
      progress: (bytes, total) => options.emit({event: 'source-progress', source: name, bytes, total}),
    });
    if (brought.ok) options.emit({event: 'source-ready', source: name, digest: brought.value.digest});
    return brought;
  });
  const placement = {store, scratch: options.scratch, owner: options.owner, link: options.confined};
  const code = once((folder) => placeCode(folder, facts.codeTree(folder), placement));
  const sdk = once(() => placeCode(join(options.stagesDirectory, '_sdk'), facts.sdkTree, placement));
  return {environment, source, code, sdk: () => sdk('sdk')};
}

function once<T>(make: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (name) => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    return known;
  };
}

async function prepareEnvironment(
  name: string,
  {plan, environments, emit, now, signal}: SupplyOptions,
): Promise<Result<ReadyEnvironment, StageFailure>> {
  const planned = plan.environments.get(name);
  if (planned === undefined) throw new Error(`no environment ${name}`);
  let startedAt: number | undefined;
  const onBuild = (log: string) => {
    startedAt = now();
    emit({event: 'environment-building', environment: name, log});
  };
  const onWarning = (message: string) => emit({event: 'warning', message: `environment ${name}: ${message}`});
  const opened = await openEnvironment(planned, {...environments, onBuild, onWarning, signal});
  if (!opened.ok && signal.aborted) return err({code: 'interrupted'});
  if (opened.ok && startedAt !== undefined) {
    emit({event: 'environment-ready', environment: name, seconds: (now() - startedAt) / 1000});
  }
  if (opened.ok) return ok(opened.value);
  return err({code: 'environment', environment: name, why: opened.error.message, help: opened.error.help});
}
