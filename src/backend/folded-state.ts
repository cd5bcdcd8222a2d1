// A state and the note that is in force over it, as one record without a note: how both stand in a migration, since each store
// keeps notes in its own way. What cannot be read is carried as it is: it is no worse in the other store.

import { FeedhookError } from '../errors.ts';
import { readStateRecord, writeStateRecord } from './state-record.ts';

/** `text` as state-record.ts writes it: the state, perhaps with the note on a line of its own. */
export function foldedState(feedId: string, text: string): string {
  const lineEnd = text.indexOf('\n');
  if (lineEnd === -1) return text;
  try {
    return writeStateRecord(readStateRecord(feedId, text));
  } catch (error) {
    if (!(error instanceof FeedhookError)) throw error;
    return text.slice(0, lineEnd);
  }
}
