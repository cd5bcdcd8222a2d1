import { describeFeedStore } from '../../conformance/feed-store.ts';
import { openSqliteStore } from './sqlite-store.ts';

describeFeedStore('sqlite', openSqliteStore);
