import type {StageName} from '../../schemas/names.ts';
import type {StageDefinition} from '../../schemas/pipeline-stage.ts';
import type {MapEntry, YamlNode} from '../load/yaml-node.ts';
import type {LoadedContract} from './contract.ts';
import type {Resolved} from './resolved.ts';

/**
 * What a reference can see from where it is written. Matrix, chain and group each open a scope
 * inside the one around them; a name is looked up from the inside out.
 */
export interface Scope {
  readonly parent: Scope | undefined;
  readonly members: Map<string, Member>;
  /** Names whose definitions are wrong, and reported. */
  readonly broken: ReadonlySet<string>;
  /** Of the matrix that opened this scope: axis to value. */
  readonly matrix: ReadonlyMap<string, AxisValue> | undefined;
  readonly round: Round | undefined;
}

/** What one combination has on an axis: a value, or a map whose fields are read one by one. */
export interface AxisValue {
  readonly whole: () => Resolved;
  readonly fields: ReadonlyMap<string, () => Resolved>;
}

/** One entry of a `stages` map, and all that it expands to. */
export interface Member {
  readonly name: string;
  /** Sorted, so that the order of keys in the file changes no name. */
  readonly axes: readonly string[];
  /** By labels joined with commas; by '' without a matrix. */
  readonly instances: ReadonlyMap<string, Instance>;
}

export type Instance = StageInstance | ChainInstance | GroupInstance;

export interface StageInstance {
  readonly is: 'stage';
  readonly name: StageName;
  /** For people: without rounds and labels, so that each mistake is told once. */
  readonly written: string;
  readonly definition: StageDefinition;
  readonly entry: MapEntry;
  readonly scope: Scope;
  /** Undefined when it is wrong, and reported. */
  readonly contract: LoadedContract | undefined;
}

export interface ChainInstance {
  readonly is: 'chain';
  readonly written: string;
  readonly entry: MapEntry;
  /** Around the chain: where `start` is read. */
  readonly scope: Scope;
  readonly rounds: readonly Round[];
}

export interface Round {
  readonly number: number;
  readonly chain: ChainInstance;
  readonly scope: Scope;
  /** The round's map, when `rounds` is a list. */
  readonly variables: YamlNode | undefined;
  /** What `${chain.x}` is in this round; filled when first asked for. */
  readonly state: Map<string, Resolved | 'resolving'>;
}

export interface GroupInstance {
  readonly is: 'group';
  readonly written: string;
  readonly scope: Scope;
}

export function innerScope(parent: Scope | undefined, parts: Partial<Scope> = {}): Scope {
  return {parent, members: new Map(), broken: new Set(), matrix: undefined, round: undefined, ...parts};
}

export function nearest<T>(scope: Scope, pick: (scope: Scope) => T | undefined): T | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const found = pick(at);
    if (found !== undefined) return found;
  }
  return undefined;
}
