import {describeS3Bucket} from '../testing/describe-s3-bucket.ts';

describeS3Bucket('ceph');
