/** What every draw of the tests starts from: fixed, so that a failure can be had again; another one by REPRO_SEED. */
export const SEED = Number(process.env.REPRO_SEED ?? 20_261_128);
