/** Expected trouble is a value. */
export type Result<T, E> = {readonly ok: true; readonly value: T} | {readonly ok: false; readonly error: E};

export function ok<T>(value: T): {readonly ok: true; readonly value: T} {
  return {ok: true, value};
}

export function err<E>(error: E): {readonly ok: false; readonly error: E} {
  return {ok: false, error};
}

/** For the default arm of an exhaustive switch: does not compile while an arm is missing. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
