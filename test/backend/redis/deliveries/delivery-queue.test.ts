import { describeDeliveryQueue } from '../../../conformance/delivery-queue.ts';
import { useRedis } from '../redis-store.ts';

const redis = useRedis();

describeDeliveryQueue('redis', () => redis.open());
