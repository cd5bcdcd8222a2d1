import { describeLaneQueue } from '../../../conformance/lane-queue.ts';
import { useRedis } from '../redis-store.ts';

const redis = useRedis();
describeLaneQueue('redis', () => redis.open());
