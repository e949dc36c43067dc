import type {Result} from '../../schemas/result.ts';
import type {PublicKey} from './public-key.ts';

/** Someone who can sign, and whose signatures `key` verifies. */
export interface Signer {
  readonly key: PublicKey;
  /** 64 bytes of Ed25519, or an SSH signature. Fails in words for people: no agent, a wrong passphrase. */
  sign(message: Uint8Array): Promise<Result<Uint8Array, string>>;
}

/** A public key that someone chose to believe, and what they call it. */
export interface TrustedKey {
  readonly name: string;
  readonly key: PublicKey;
}
