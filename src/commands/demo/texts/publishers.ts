// The seven publishers of the tour, chosen so that each format and each way to name a charset occurs.

import { bakery } from './bakery.ts';
import { harbour } from './harbour.ts';
import { library } from './library.ts';
import { observatory } from './observatory.ts';
import { radio } from './radio.ts';
import type { Publisher } from './story.ts';
import { teaHouse } from './tea-house.ts';
import { tramway } from './tramway.ts';

export const publishers: readonly Publisher[] = [
  harbour,
  bakery,
  library,
  observatory,
  tramway,
  teaHouse,
  radio,
];
