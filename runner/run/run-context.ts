import type {OpenStore} from '../../artifacts/disk/local-store.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {RunEventBody} from '../../schemas/event.ts';
import type {StageFailure} from '../../schemas/failure.ts';
import type {HardwareClass} from '../../schemas/hardware.ts';
import type {Resources} from '../../schemas/plan.ts';
import type {EnvironmentIdentity} from '../../schemas/receipt.ts';
import type {Result} from '../../schemas/result.ts';
import type {ReadyEnvironment} from '../environments/environment.ts';
import type {Executor, StopSignals} from '../executors/executor.ts';
import type {Sandbox} from '../sandbox/sandbox.ts';
import type {StageProxy} from '../sources/stage-proxy.ts';
import type {Limits} from './admission.ts';
import type {Checkpoints} from './checkpoints.ts';
import type {PlacedCode} from './code-folder.ts';
import type {FailedFolders} from './failed-folders.ts';
import type {ScratchPool} from './scratch-pool.ts';

/** Everything that a run needs from outside: opened by the command, so that tests can put other things in. */
export interface RunContext {
  readonly store: OpenStore;
  readonly executor: Executor;
  readonly sandbox: Sandbox;
  readonly limits: Limits;
  readonly facts: Facts;
  readonly supplies: Supplies;
  readonly stop: StopSignals;
  readonly emit: (event: RunEventBody) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Where logs of stages go; exists. */
  readonly logs: string;
  /** On the store's file system, so that outputs can be linked into it. */
  readonly scratches: ScratchPool;
  readonly checkpoints: Checkpoints;
  /** For stages that declare a network: the proxy, and the program that leads to it out of a sandbox. */
  readonly network: {readonly proxy: StageProxy; readonly relay: string};
  readonly failed: FailedFolders;
  readonly version: string;
}

/** What decides keys and reuse. Cheap: asking builds and fetches nothing. */
export interface Facts {
  environment(name: string): EnvironmentIdentity;
  source(name: string): Artifact;
  code(folder: string): Digest;
  readonly sdk: Digest;
  hardware(resources: Resources): HardwareClass;
}

/** What an execution needs in place. May build or fetch, once each; answers are remembered. */
export interface Supplies {
  environment(name: string): Promise<Result<ReadyEnvironment, StageFailure>>;
  /** After this its bytes are in the store. */
  source(name: string): Promise<Result<Artifact, StageFailure>>;
  code(folder: string): Promise<PlacedCode>;
  sdk(): Promise<PlacedCode>;
}
