import { describeUpkeep } from '../../../conformance/upkeep.ts';
import { useRedis } from '../redis-store.ts';

const redis = useRedis();
describeUpkeep('redis', () => redis.open());
