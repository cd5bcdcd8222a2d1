// Modules that say more of an entry than what it is: comments, replies, licences, places, podcast episodes.

import type { EntryDraft } from './draft.ts';
import { type ReaderTable, table } from './readers.ts';

export const moduleReaders: ReaderTable<EntryDraft> = table<EntryDraft>();
