// Where an entry can be, and what decides about it besides itself.

import type { FeedMemory } from '../model/feed.ts';
import type { DeliveryStage } from './delivery-stage.ts';
import type { EndpointViews } from './endpoint-views.ts';
import type { Routing } from './routes.ts';
import type { StageWords } from './stage-words.ts';

export type Stage =
  | DeliveryStage
  | 'not-subscribed'
  | 'not-routed'
  | 'baseline'
  | 'silent'
  | 'renamed'
  | 'expired'
  | 'unknown';

export interface EntryContext {
  readonly feedId: string;
  readonly memory: FeedMemory | undefined;
  readonly initial: 'none' | 'all' | number;
  /** What feeds.yaml says now. */
  readonly routing: Routing;
  readonly views: EndpointViews;
  readonly retentionMs: number;
  readonly now: number;
  /** The one that is asked about; absent: all of them. */
  readonly endpointId?: string;
}

export interface Verdict extends StageWords {
  readonly stage: Stage;
}
