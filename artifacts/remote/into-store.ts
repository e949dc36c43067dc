import type {Digest} from '../../schemas/digest.ts';
import type {Intake} from '../disk/intake.ts';
import type {OpenStore} from '../disk/local-store.ts';
import type {StoreError} from '../store-error.ts';
import {bring} from './bring.ts';
import type {Sink, WantedObject} from './object-supply.ts';
import type {RemoteStore} from './open-remote.ts';

/** Has objects brought into a local store. When it resolves, what came is there, durably. */
export async function intoStore(
  local: OpenStore,
  onObject: (digest: Digest) => void,
  fetching: (sink: Sink) => Promise<readonly StoreError[]>,
): Promise<readonly StoreError[]> {
  const intake = local.intake();
  try {
    const troubles = await fetching(sinkOf(intake, onObject));
    await intake.flush();
    return troubles;
  } catch (error) {
    // What has come stays: the next pull need not fetch it again.
    await intake.flush().catch(() => intake.abandon());
    throw error;
  }
}

/** Objects by their digests, whatever they are. What is not to be had is returned. */
export function fetchObjects(
  {artifacts}: RemoteStore,
  local: OpenStore,
  wanted: Iterable<WantedObject>,
): Promise<readonly StoreError[]> {
  const quiet = () => undefined;
  return intoStore(local, quiet, (sink) => bring(artifacts.origin(), wanted, sink));
}

function sinkOf(intake: Intake, onObject: (digest: Digest) => void): Sink {
  return {
    async take(digest, bytes) {
      await intake.add(digest, bytes);
      onObject(digest);
    },
    async receive(digest, size) {
      const {file, done, leave} = await intake.grow(digest, size);
      const named = async () => {
        await done();
        onObject(digest);
      };
      return {file, done: named, leave};
    },
  };
}
