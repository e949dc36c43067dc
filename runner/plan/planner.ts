import type {Json} from '../../schemas/canonical-json.ts';
import type {LoadedDocument} from '../load/load-document.ts';
import type {Problems} from '../load/problems.ts';
import type {YamlNode} from '../load/yaml-node.ts';
import type {Contracts} from './contract.ts';
import type {Resolved} from './resolved.ts';
import type {Scope} from './scope.ts';

/** What every step of planning needs to know. */
export interface Planner {
  readonly document: LoadedDocument;
  readonly problems: Problems;
  readonly contracts: Contracts;
  /** Effective pipeline params; undefined for one that is wrong, and reported. */
  readonly params: ReadonlyMap<string, Json | undefined>;
  /** What is written at `node`. Here, not imported, because references lead to what is written elsewhere. */
  resolve(node: YamlNode, scope: Scope, reader: Reader): Resolved;
}

/** Where something is written that must be known before anything runs: what it sees, who reads it, and as what. */
export interface Spot {
  readonly scope: Scope;
  readonly reader: Reader;
  /** Such as `as a label`, for messages. */
  readonly where: string;
}

/** Who reads a reference, for messages; and what `${inputs.x}` and `${outputs.x}` may name there. */
export interface Reader {
  /** Such as `stage "train"`. */
  readonly who: string;
  readonly inputs?: ReadonlySet<string>;
  readonly outputs?: ReadonlySet<string>;
}
