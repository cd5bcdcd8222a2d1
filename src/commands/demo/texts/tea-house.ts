// A tea house: RSS 2.0 in KOI8-R, which only the Content-Type names (RFC 3023 §3.1: the header rules).

import type { Publisher } from './story.ts';

export const teaHouse: Publisher = {
  feed: {
    id: 'tea-house',
    path: '/chaynaya/rss',
    title: 'Чайная на углу',
    subtitle: 'Самовар, варенье и объявления',
    homePageUrl: 'https://chaynaya.example/doska/',
    language: 'ru',
    author: 'Марфа Ильинична',
    packaging: { format: 'rss', charset: 'koi8-r', contentType: 'text/xml; charset=koi8-r' },
  },
  idPrefix: 'chaynaya-',
  backlog: [
    {
      slug: '17',
      title: 'Самовар снова поёт',
      html: '<p>Ноту взял чистую, соль второй октавы.</p>',
      tags: ['самовар'],
    },
    {
      slug: '18',
      title: 'Забыт зонт, чёрный, грустный',
      html: '<p>Стоит у двери. Ждёт.</p>',
      tags: ['находки'],
    },
    {
      slug: '19',
      title: 'Варенье из шишек: отзывы',
      html: '<p>Отзывов два. Оба хвойные.</p>',
      tags: ['варенье'],
    },
  ],
  news: [
    {
      slug: '20',
      title: 'Ёлочный чай до конца недели',
      summary: 'Подаём с мёдом и тишиной.',
      html: '<p>Подаём с мёдом &amp; тишиной.</p>',
      tags: ['чай'],
    },
    {
      slug: '21',
      title: 'Зонт нашёлся (нас)',
      html: '<p>Хозяин пришёл; зонт остался.</p>',
      tags: ['находки'],
    },
    {
      slug: '22',
      title: 'Баранки: 12 вместо 10',
      html: '<p>Пекарь сбился со счёта. Просим не исправлять.</p>',
      tags: ['баранки'],
    },
    {
      slug: '23',
      title: 'Вечер длинных историй',
      html: '<p>Начало в семь, конец неизвестен.</p>',
      tags: ['вечера'],
    },
  ],
};
