import { createRandom, type Random, runningTotals } from './random';

const countries: readonly (readonly [name: string, weight: number])[] = [
  ['United Kingdom', 9060],
  ['Germany', 220],
  ['France', 200],
  ['EIRE', 90],
  ['Spain', 60],
  ['Netherlands', 45],
  ['Belgium', 50],
  ['Switzerland', 42],
  ['Portugal', 38],
  ['Australia', 22],
  ['Norway', 22],
  ['Italy', 28],
  ['Channel Islands', 16],
  ['Finland', 18],
  ['Cyprus', 14],
  ['Sweden', 16],
  ['Austria', 18],
  ['Denmark', 15],
  ['Japan', 10],
  ['Poland', 10],
  ['USA', 8],
  ['Israel', 6],
  ['Unspecified', 6],
  ['Singapore', 3],
  ['Iceland', 4],
  ['Canada', 6],
  ['Greece', 6],
  ['Malta', 4],
];
const countryTotals = runningTotals(countries.map(([, weight]) => weight));

export interface Customer {
  readonly id: number;
  readonly country: string;
  /** How much more than a shop around the corner a wholesaler orders. */
  readonly size: number;
}

export interface Customers {
  /** Who orders now: a new customer, or one who comes back. */
  next(day: number): Customer;
}

/** A lot in the draw of who orders next; loyal customers hold several until they lapse. */
interface Lot {
  readonly customer: Customer;
  readonly lapsesOn: number;
}

/** Ids begin where the real ones do. */
const firstId = 12_346;

/**
 * Customers who come, come back more or less often, and lapse: what gives cohorts their shape. Half
 * hardly return, a few order every week, and the share of newcomers falls as the shop gets known.
 */
export function createCustomers(seed: number, dayCount: number): Customers {
  const random = createRandom(seed, 'customers');
  const lots: Lot[] = [];
  let count = 0;

  const join = (day: number): Customer => {
    const customer = makeCustomer(random, firstId + count);
    count += 1;
    const loyalty = random.next();
    const lotCount = loyalty < 0.12 ? 9 : loyalty < 0.45 ? 3 : 1;
    const stays = loyalty < 0.12 ? 900 : loyalty < 0.45 ? 400 : 150;
    const lapsesOn = day + 1 + random.below(stays);
    for (let lot = 0; lot < lotCount; lot += 1) lots.push({ customer, lapsesOn });
    return customer;
  };

  return {
    next: (day) => {
      const share = dayCount <= 1 ? 0 : day / dayCount;
      const newcomers = 0.11 + 0.6 * (1 - share) * (1 - share) * (1 - share) * (1 - share);
      if (lots.length === 0 || random.chance(newcomers)) return join(day);
      while (lots.length > 0) {
        const index = random.below(lots.length);
        const lot = lots[index] as Lot;
        if (lot.lapsesOn > day) return moved(lot.customer, day);
        lots[index] = lots[lots.length - 1] as Lot;
        lots.pop();
      }
      return join(day);
    },
  };
}

function makeCustomer(random: Random, id: number): Customer {
  const country = countries[random.weighted(countryTotals)]?.[0] ?? 'United Kingdom';
  const kind = random.next();
  return { id, country, size: kind < 0.015 ? 9 : kind < 0.12 ? 3 : 1 };
}

/** One customer in 250 orders from another country from the ninth day on. */
function moved(customer: Customer, day: number): Customer {
  return customer.id % 250 === 7 && day > 8 ? { ...customer, country: 'Channel Islands' } : customer;
}
