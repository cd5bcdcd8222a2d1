// A bakery: RSS 2.0 in windows-1252, named only in the XML declaration, with HTML entities and CDATA.

import type { Publisher } from './story.ts';

export const bakery: Publisher = {
  feed: {
    id: 'bakery',
    path: '/boulangerie/rss.xml',
    title: 'Boulangerie Lefèvre – le fournil',
    subtitle: 'Ce qui sort du four, et à quelle heure',
    homePageUrl: 'https://lefevre.example/fournil/',
    language: 'fr',
    author: 'Zoé Lefèvre',
    packaging: {
      format: 'rss',
      charset: 'windows-1252',
      contentType: 'application/rss+xml',
      declaredCharset: 'windows-1252',
    },
  },
  idPrefix: 'https://lefevre.example/fournil/',
  backlog: [
    {
      slug: 'levain',
      title: 'Le levain a un prénom',
      html: '<p>Il s’appelle Anatole. Il est n&eacute; en 1998 et n’aime pas le froid.</p>',
      tags: ['levain'],
    },
    {
      slug: 'baguette',
      title: 'Baguette à 1,20 €',
      html: '<p>Le prix de la farine monte&nbsp;; la baguette aussi, un peu.</p>',
      tags: ['prix'],
    },
    {
      slug: 'brioche',
      title: 'Brioche du dimanche… ce samedi',
      html: '<p>Erreur d’agenda. Elle était bonne quand même.</p>',
      tags: ['brioche'],
    },
  ],
  news: [
    {
      slug: 'creme-brulee',
      title: 'Tartelettes à la crème brûlée, 3 € pièce',
      summary: 'Douze seulement : l’œuf est cher & le chalumeau petit.',
      html: '<p>Douze seulement&nbsp;: l’œuf est cher &amp; le chalumeau petit.</p>',
      tags: ['tartelettes', 'crème'],
    },
    {
      slug: 'panne',
      title: 'Four n° 2 en panne',
      html: '<p>« Il chauffe », dit le réparateur. Non.</p>',
      tags: ['four'],
    },
    {
      slug: 'galette',
      title: 'La fève est une pièce de Scrabble™',
      html: '<p>Si vous trouvez le <b>W</b>, rapportez-le&hellip;</p>',
      tags: ['galette'],
    },
    {
      slug: 'seigle',
      title: 'Pain de seigle – 48 h de patience',
      html: '<p>Prêt jeudi. Ou vendredi. Anatole décide.</p>',
      tags: ['levain', 'seigle'],
    },
  ],
};
