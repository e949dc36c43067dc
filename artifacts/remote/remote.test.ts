import {join} from 'node:path';
import {FolderBucket} from '../folder/folder-bucket.ts';
import {MemoryBucket} from '../memory/memory-bucket.ts';
import {describeStore} from '../testing/describe-store.ts';
import {temporaryDirectory} from '../testing/temporary-directory.ts';
import {openRemote} from './open-remote.ts';

describeStore('a remote store in memory', async () => openRemote(new MemoryBucket()));

describeStore('a remote store in a folder', async () =>
  openRemote(new FolderBucket(join(temporaryDirectory(), 'bucket'))),
);
