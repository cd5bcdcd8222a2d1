import { describeDeliveryLog } from '../../../conformance/delivery-queue.ts';
import { useRedis } from '../redis-store.ts';

const redis = useRedis();
describeDeliveryLog('redis', () => redis.open());
