import {createHash, createPrivateKey, createPublicKey, type KeyObject} from 'node:crypto';

/** RFC 8410: an Ed25519 private key in PKCS #8 is these bytes and the 32 of its seed. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The Ed25519 key of a name, the same in every run: so are its signatures. For tests only, as everybody has it. */
export function drawnKey(name: string): {readonly privateKey: KeyObject; readonly publicKey: KeyObject} {
  const seed = createHash('sha256').update(`a key for tests: ${name}`).digest();
  const key = Buffer.concat([PKCS8_ED25519, seed]);
  const privateKey = createPrivateKey({key, format: 'der', type: 'pkcs8'});
  return {privateKey, publicKey: createPublicKey(privateKey)};
}
