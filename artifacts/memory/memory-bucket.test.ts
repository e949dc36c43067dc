import {describeBucket} from '../testing/describe-bucket.ts';
import {MemoryBucket} from './memory-bucket.ts';

describeBucket('a bucket in memory', async () => new MemoryBucket());
