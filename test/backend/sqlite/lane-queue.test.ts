import { describeLaneQueue } from '../../conformance/lane-queue.ts';
import { openSqliteStore } from './sqlite-store.ts';

describeLaneQueue('sqlite', openSqliteStore);
