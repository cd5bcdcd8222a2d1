import { describeUpkeep } from '../../conformance/upkeep.ts';
import { openSqliteStore } from './sqlite-store.ts';

describeUpkeep('sqlite', openSqliteStore);
