import { describeDeliveryLog } from '../../conformance/delivery-queue.ts';
import { openSqliteStore } from './sqlite-store.ts';

describeDeliveryLog('sqlite', openSqliteStore);
