import { createRandom, type Random } from './random';

export interface Product {
  readonly code: string;
  readonly description: string;
  /** In hundredths of a pound. */
  readonly price: number;
  readonly isChristmas: boolean;
  /** From this day of the data on it is sold under another description; −1 when never. */
  readonly renamedOn: number;
  readonly newDescription: string;
}

const patterns = [
  'RED RETROSPOT',
  'PINK POLKADOT',
  'BLUE PAISLEY',
  'VINTAGE',
  'REGENCY',
  'WOODLAND',
  'STRAWBERRY',
  'SPACEBOY',
  'DOLLY GIRL',
  'FRENCH BLUE',
  'IVORY',
  'ROSE',
  'LAVENDER',
  'CIRCUS PARADE',
  'GINGHAM',
  'SKULLS',
  'UNION JACK',
  'APPLE',
  'BLACK BAROQUE',
  'ANTIQUE SILVER',
  'ENAMEL',
  'PAPER',
  'FELT',
  'WOODEN',
  'GLASS',
  'WHITE HANGING',
  'SMALL',
  'LARGE',
  'SET OF 4',
  'SET/6',
  'PACK OF 12',
  'MINI',
];
const things = [
  'LUNCH BAG',
  'JUMBO BAG',
  'CAKESTAND 3 TIER',
  'T-LIGHT HOLDER',
  'HEART DECORATION',
  'HOT WATER BOTTLE',
  'ALARM CLOCK',
  'TEACUP AND SAUCER',
  'CAKE CASES',
  'BUNTING',
  'DOORMAT',
  'PICTURE FRAME',
  'STORAGE JAR',
  'TRINKET BOX',
  'NAPKINS',
  'RULER',
  'PENCILS',
  'TAPE MEASURE',
  'BIRD ORNAMENT',
  'COAT RACK',
  'LANTERN',
  'MUG',
  'PLASTERS IN TIN',
  'RECIPE BOX',
  'JIGSAW PUZZLE',
  'NIGHT LIGHT',
  'CUSHION COVER',
  'APRON',
  'TEA TOWELS',
  'GIFT WRAP',
  'NOTEBOOK',
  'PURSE',
  'SHOPPER',
  'WALL CLOCK',
  'CANDLE',
  'METAL SIGN',
  'DRAWER KNOB',
  'PARTY CANDLES',
  'BAKING SET',
  'FIRST AID TIN',
];
const christmasThings = [
  'CHRISTMAS TREE STAR',
  'CHRISTMAS GARLAND',
  'CHRISTMAS BAUBLES',
  'ADVENT CALENDAR',
  'CHRISTMAS CRACKERS',
  'NATIVITY SET',
  'SNOWFLAKE DECORATION',
  'REINDEER STOCKING',
];
const endings = [
  '',
  '',
  '',
  '',
  ' BLUE',
  ' PINK',
  ' GREEN',
  ' SMALL',
  ' LARGE',
  ' IN GIFT BOX',
  ', ASSORTED',
  ' "HOME SWEET HOME"',
];
const prices = [
  19, 29, 39, 42, 42, 55, 65, 85, 85, 85, 125, 125, 125, 145, 165, 165, 195, 208, 210, 255, 255, 295, 295, 325, 375,
  375, 425, 495, 495, 595, 675, 795, 850, 995, 1275, 1495, 1695, 2495,
];

/**
 * The catalogue of the made-up shop: five-digit codes, some with a letter, descriptions with the stray
 * blanks and commas of the real one, and some that are renamed in the course of the data.
 */
export function makeProducts(seed: number, count: number, dayCount: number): readonly Product[] {
  const random = createRandom(seed, 'products');
  return Array.from({ length: count }, (_, index) => makeProduct(random, index, dayCount));
}

function makeProduct(random: Random, index: number, dayCount: number): Product {
  const isChristmas = random.chance(0.07);
  const number = 20_600 + index * 2 + random.below(2);
  const letter = random.chance(0.18) ? random.pick(['A', 'B', 'C', 'D', 'P', 'S']) : '';
  const name = `${random.pick(patterns)} ${random.pick(isChristmas ? christmasThings : things)}${random.pick(endings)}`;
  const description = withStrayBlanks(random, name);
  const isRenamed = dayCount > 1 && random.chance(0.05);
  return {
    code: `${number}${letter}`,
    description,
    price: random.pick(prices),
    isChristmas,
    renamedOn: isRenamed ? 1 + random.below(dayCount - 1) : -1,
    newDescription: isRenamed ? `${name} ${random.pick(['DESIGN', 'EDITION', 'NEW', 'REVISED'])}` : description,
  };
}

function withStrayBlanks(random: Random, name: string): string {
  if (random.chance(0.16)) return `${name} `;
  if (random.chance(0.03)) return ` ${name}`;
  return random.chance(0.04) ? name.replace(' ', '  ') : name;
}
