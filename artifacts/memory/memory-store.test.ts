import {describeStore} from '../testing/describe-store.ts';
import {openMemoryStore} from './open-memory-store.ts';

describeStore('a store in memory', async () => openMemoryStore());
