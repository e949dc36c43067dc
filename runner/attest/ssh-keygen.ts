import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readSmallText} from '../../artifacts/files/small-file.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {feedProgram} from '../executors/feed-program.ts';
import {type OtherSshKey, type PublicKey, parsePublicKey} from './public-key.ts';
import type {Signer} from './signer.ts';
import {fromArmor, SSH_NAMESPACE, toArmor} from './ssh-signature.ts';

/** The user's environment, of which ssh-keygen gets what it needs to find the agent and to ask for a passphrase. */
export type SshVariables = Readonly<Record<string, string | undefined>>;

const WANTED = ['PATH', 'HOME', 'SSH_AUTH_SOCK', 'SSH_ASKPASS', 'SSH_ASKPASS_REQUIRE', 'DISPLAY'];
const NOTHING = new Uint8Array();

/**
 * Signs with an SSH key by `ssh-keygen -Y sign`. `file` is a private key, or a public one whose private half an agent
 * or a hardware key holds: repro never reads the private key itself.
 */
export async function sshSigner(file: string, variables: SshVariables): Promise<Result<Signer, string>> {
  const key = await publicKeyOf(file, variables);
  if (!key.ok) return key;
  const argv = ['-Y', 'sign', '-f', file, '-n', SSH_NAMESPACE, '-q'];
  return ok({
    key: key.value,
    async sign(message) {
      const answer = await feedProgram('ssh-keygen', argv, {input: message, variables: wanted(variables)});
      if (!answer.ok) return err(`ssh-keygen could not sign with ${file}: ${answer.why}`);
      const signature = fromArmor(answer.stdout);
      return signature === undefined ? err('ssh-keygen printed no signature') : ok(signature);
    },
  });
}

async function publicKeyOf(file: string, variables: SshVariables): Promise<Result<PublicKey, string>> {
  if (!existsSync(file)) return err(`${file} is not there`);
  const beside = [file, `${file}.pub`].find((path) => path.endsWith('.pub') && existsSync(path));
  if (beside !== undefined) return parsePublicKey(readSmallText(beside, {links: 'follow'}) ?? '');
  const answer = await feedProgram('ssh-keygen', ['-y', '-f', file], {
    input: NOTHING,
    variables: wanted(variables),
  });
  return answer.ok ? parsePublicKey(answer.stdout) : err(`${file} can't be read as a key: ${answer.why}`);
}

/** For keys that node:crypto can't be given. `signature` claims to be by `key`; whether it is, ssh-keygen says. */
export async function verifyBySshKeygen(
  signature: Uint8Array,
  message: Uint8Array,
  key: OtherSshKey,
  variables: SshVariables,
): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'repro-verify-'));
  try {
    const signers = join(folder, 'allowed_signers');
    const file = join(folder, 'signature');
    writeFileSync(signers, `signer namespaces="${SSH_NAMESPACE}" ${key.text}\n`);
    writeFileSync(file, toArmor(signature));
    const argv = ['-Y', 'verify', '-f', signers, '-I', 'signer', '-n', SSH_NAMESPACE, '-s', file, '-q'];
    return (await feedProgram('ssh-keygen', argv, {input: message, variables: wanted(variables)})).ok;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

function wanted(variables: SshVariables): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of WANTED) {
    const value = variables[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}
