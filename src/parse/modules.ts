// Modules that say more of an entry than what it is: comments, replies, licences, places, podcast episodes, and
// where a tracking redirect leads.

import type { EntryDraft } from './entry-draft.ts';
import { urlOf } from './fields.ts';
import { licenseReaders } from './license.ts';
import { placeReaders } from './place.ts';
import { podcastReaders } from './podcast.ts';
import { first, type Reader, type ReaderTable } from './readers.ts';
import { threadReaders } from './thread.ts';
import type { XmlElement } from './xml.ts';

export const moduleReaders: ReaderTable<EntryDraft> = new Map<string, Reader<EntryDraft>>([
  ...threadReaders,
  ...licenseReaders,
  ...placeReaders,
  ...podcastReaders,
  ['feedburner:origlink', first('originalUrl', urlOf)],
  ['feedburner:origenclosurelink', readOriginalEnclosure],
]);

function readOriginalEnclosure(element: XmlElement, { extras }: EntryDraft): void {
  extras.originalEnclosureUrl ??= urlOf(element);
}
