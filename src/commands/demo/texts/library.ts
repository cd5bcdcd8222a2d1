// A town library: RSS 1.0, which is RDF, in UTF-8.

import type { Publisher } from './story.ts';

export const library: Publisher = {
  feed: {
    id: 'library',
    path: '/knihovna/index.rdf',
    title: 'Městská knihovna Žďárek: nové svazky',
    subtitle: 'Co právě přišlo, co se vrátilo a co chybí',
    homePageUrl: 'https://knihovna.example/svazky/',
    language: 'cs',
    author: 'Růžena Křížová',
    packaging: {
      format: 'rdf',
      charset: 'utf-8',
      contentType: 'application/rdf+xml',
      declaredCharset: 'utf-8',
    },
  },
  idPrefix: 'https://knihovna.example/svazky/',
  backlog: [
    {
      slug: '4401',
      title: 'Atlas mraků, přízemní vydání',
      html: '<p>Strany 12 až 15 jsou v mlze.</p>',
      tags: ['zeměpis'],
    },
    {
      slug: '4402',
      title: 'Řeč sov a jiné odpovědi',
      html: '<p>Vráceno po 41 letech, bez pokuty, s omluvou.</p>',
      tags: ['příroda'],
    },
    {
      slug: '4403',
      title: 'Dějiny ticha, sv. 2',
      html: '<p>První svazek nikdo neslyšel přijít.</p>',
      tags: ['dějiny'],
    },
  ],
  news: [
    {
      slug: '4404',
      title: 'Kuchařka pro ponorky',
      summary: 'Čtyřicet jídel bez otevřeného ohně.',
      html: '<p>Čtyřicet jídel bez otevřeného ohně, <i>pět</i> bez světla.</p>',
      tags: ['vaření'],
    },
    {
      slug: '4405',
      title: 'Žížaly: průvodce městem',
      html: '<p>S mapou &quot;shora i zdola&quot;.</p>',
      tags: ['příroda'],
    },
    {
      slug: '4406',
      title: 'Jízdní řád snů 1932',
      html: '<p>Platí stále, kromě nedělí.</p>',
      tags: ['doprava'],
    },
    {
      slug: '4407',
      title: 'Kniha, kterou nikdo nevrátil',
      html: '<p>Máme ji zpět. Je v ní lístek: „příště“.</p>',
      tags: ['dějiny'],
    },
  ],
};
