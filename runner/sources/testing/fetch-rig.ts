import {mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {openStore} from '../../../artifacts/open/open-store.ts';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import type {Digest} from '../../../schemas/digest.ts';
import type {PlannedSource, SourceLocation} from '../../../schemas/plan.ts';
import {whyOf} from '../fetch-advice.ts';
import type {Fetched, UserVariables} from '../fetch-context.ts';
import {FetchError} from '../fetch-error.ts';
import {type FetchOptions, fetchSource} from '../fetch-source.ts';

export interface FetchRig {
  readonly store: OpenStore;
  /** Names of what is kept of downloads that did not end. */
  kept(): readonly string[];
  readonly partials: string;
  /** How long it slept between tries, in milliseconds. */
  readonly slept: number[];
  readonly told: (readonly [bytes: number, total: number | null])[];
  fetch(location: SourceLocation, more?: Asked): Promise<Fetched>;
  /** What it came to, or in which words it failed. */
  outcome(location: SourceLocation, more?: Asked): Promise<string>;
}

export interface Asked {
  readonly pin?: Digest | undefined;
  readonly type?: PlannedSource['type'];
  readonly options?: Partial<FetchOptions>;
}

/** A real store in a temporary folder, and everything that fetching needs; it never really waits. */
export async function fetchRig(variables: UserVariables = {}, owner = 'here.1.1'): Promise<FetchRig> {
  const store = await openStore({directory: join(temporaryDirectory(), 'store'), owner});
  onTestFinished(() => store.close());
  return fetchRigOn(store, variables, owner);
}

export function fetchRigOn(store: OpenStore, variables: UserVariables = {}, owner = 'here.1.1'): FetchRig {
  const scratch = join(store.layout.root, 'scratch');
  const partials = join(store.layout.root, 'partial');
  mkdirSync(scratch, {recursive: true});
  const slept: number[] = [];
  const told: FetchRig['told'] = [];
  let clock = 1_700_000_000_000;
  const sleep = async (ms: number) => {
    slept.push(ms);
    clock += ms;
  };
  const now = () => clock;
  const options: FetchOptions = {
    store: store.artifacts,
    scratch,
    owner,
    isAlive: (other) => other.startsWith('here'),
    signal: new AbortController().signal,
    now,
    variables: {PATH: process.env.PATH, ...variables},
    progress: (bytes, total) => void told.push([bytes, total]),
    pace: {now, sleep, random: () => 1},
  };
  const fetch: FetchRig['fetch'] = (location, {pin, type = 'tree', options: more} = {}) =>
    fetchSource({type, location}, pin, {...options, ...more});
  return {
    store,
    partials,
    slept,
    told,
    kept: () => readdirSync(partials),
    fetch,
    async outcome(location, asked) {
      try {
        return (await fetch(location, asked)).artifact.digest;
      } catch (error) {
        if (!(error instanceof FetchError)) throw error;
        const {why, help} = whyOf(error);
        return `${why}\nhelp: ${help}`;
      }
    },
  };
}
