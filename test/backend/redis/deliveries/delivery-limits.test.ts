import { describeDeliveryLimits } from '../../../conformance/delivery-queue.ts';
import { useRedis } from '../redis-store.ts';

const redis = useRedis();

describeDeliveryLimits('redis', () => redis.open());
