import {resolve} from 'node:path';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {err, type Result} from '../../../schemas/result.ts';
import {DEFAULT_KEY, fileSigner} from '../../attest/key-file.ts';
import type {Signer} from '../../attest/signer.ts';
import {sshSigner} from '../../attest/ssh-keygen.ts';
import {configurationDirectory} from '../../stores/find-store.ts';
import type {World} from '../world/world.ts';

export interface SignerChoice {
  /** Of one's own keys; the one called default otherwise. */
  readonly key: string | undefined;
  readonly sshKey: string | undefined;
}

export async function chooseSigner(
  {key, sshKey}: SignerChoice,
  world: World,
): Promise<Result<Signer, Diagnostic>> {
  if (sshKey !== undefined) {
    const signer = await sshSigner(resolve(world.directory, sshKey), world.variables);
    return signer.ok
      ? signer
      : err(problem('no-key', signer.error, 'give a private key, or the .pub of one that your agent has'));
  }
  const configuration = configurationDirectory(world.variables);
  const signer = fileSigner({configuration, name: key ?? DEFAULT_KEY});
  return signer.ok ? signer : err(problem('no-key', signer.error.message, signer.error.help));
}
