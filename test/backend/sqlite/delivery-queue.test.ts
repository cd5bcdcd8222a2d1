import { describeDeliveryLimits, describeDeliveryQueue } from '../../conformance/delivery-queue.ts';
import { openSqliteStore } from './sqlite-store.ts';

describeDeliveryQueue('sqlite', openSqliteStore);
describeDeliveryLimits('sqlite', openSqliteStore);
