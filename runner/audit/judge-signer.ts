import {err, ok, type Result} from '../../schemas/result.ts';
import {
  type ChosenKeys,
  checkOwnKey,
  checkSignature,
  type SignatureJudgement,
  type SignedPublication,
} from './check-signature.ts';
import type {WantedPublication} from './publication-address.ts';

export interface JudgedSigner {
  /** `chosen`: by a key that whoever asks chose. `own`: by the key that it brings, and a name can promise no more. */
  readonly by: 'chosen' | 'own' | 'unknown';
  /** One line for people. */
  readonly words: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Who signed a publication that somebody is about to use; an error, in words, when that is nobody, or somebody else
 * than the address names. `names/v1/SIGNER/NAME` names a key by its digest: only what that key signed is under it.
 */
export async function judgeSigner(
  signed: SignedPublication,
  wanted: WantedPublication,
  chosen: ChosenKeys,
  variables: Variables,
): Promise<Result<JudgedSigner, string>> {
  const judged = await checkSignature(signed, chosen, variables);
  if (judged.row.state === 'fail') return err(judged.row.why);
  if (wanted.by === 'name' && !judged.vouched) return certified(signed, judged, variables);
  if (judged.row.state === 'pass') return ok({by: 'chosen', words: judged.row.why});
  const own = await checkOwnKey(signed, variables);
  const id = signed.publication.signer.slice(0, 16);
  return ok(
    own === undefined
      ? {by: 'unknown', words: `says that ${id} signed it: not checked, for ${judged.row.why}`}
      : {by: 'own', words: `signed by the key that it brings (${id}), which you have not chosen`},
  );
}

/** Asked for by the name of a key: it must be that key, whoever else signed. */
async function certified(
  signed: SignedPublication,
  judged: SignatureJudgement,
  variables: Variables,
): Promise<Result<JudgedSigner, string>> {
  const id = signed.publication.signer.slice(0, 16);
  const own = await checkOwnKey(signed, variables);
  if (own === undefined)
    return err(`nothing shows that ${id} signed it: it does not bring its key, and you have not chosen it`);
  if (own.row.state !== 'pass') return err(own.row.why);
  const also = judged.row.state === 'pass' ? `; ${judged.row.why}` : '';
  return ok({
    by: 'own',
    words: `signed by the key that its name is of (${id}), which you have not chosen${also}`,
  });
}
