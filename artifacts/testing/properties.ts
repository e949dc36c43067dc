import fc from 'fast-check';
import {SEED} from './seed.ts';

// The only door to fast-check: a property is tried with the same cases in every run, and a failure can be had again.
fc.configureGlobal({seed: SEED});

export default fc;
