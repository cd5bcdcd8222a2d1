import { describeFeedStore } from '../../../conformance/feed-store.ts';
import { useRedis } from '../redis-store.ts';

const redis = useRedis();
describeFeedStore('redis', () => redis.open());
