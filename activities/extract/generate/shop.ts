import type { SellingDay } from './calendar';
import { timeOfDay } from './calendar';
import { type Customer, type Customers, createCustomers } from './customers';
import { decimal, head, type InvoiceLine, type LineHead } from './invoice-line';
import { makeProducts, type Product } from './products';
import { createRandom, type Random, runningTotals } from './random';

export interface MadeUpShop {
  /** The records of a day, one after the other, in the order of the file. Days are asked for in their order. */
  day(day: SellingDay): Iterable<InvoiceLine>;
}

interface SoldLine {
  readonly line: InvoiceLine;
  readonly day: number;
}

const quantities = [1, 1, 1, 2, 2, 2, 3, 4, 4, 6, 6, 6, 8, 10, 12, 12, 12, 16, 24, 24, 25, 36, 48];
const adjustments = ['', '', '', '?', 'damages', 'check', 'wet/rusty', 'Found', 'sold as set on dotcom'];
const fees: readonly (readonly [code: string, description: string, price: string])[] = [
  ['AMAZONFEE', 'AMAZON FEE', '125.3'],
  ['BANK CHARGES', 'Bank Charges', '15.0'],
  ['CRUK', 'CRUK Commission', '18.4'],
  ['D', 'Discount', '27.5'],
  ['S', 'SAMPLES', '9.74'],
];
const rememberedSales = 4_000;

/** What the shop knows while its days go by. */
interface Trade {
  readonly random: Random;
  readonly products: readonly Product[];
  readonly customers: Customers;
  readonly usual: readonly number[];
  readonly atChristmas: readonly number[];
  /** The latest sale lines of known customers, for cancellations; a ring. */
  readonly sold: SoldLine[];
  soldCount: number;
  invoiceNumber: number;
}

/** The moment of one invoice. */
interface Moment {
  readonly day: SellingDay;
  readonly text: string;
}

/**
 * A made-up shop whose files look like UCI Online Retail, dirt included: about 1 % exact duplicates,
 * 1.7 % cancellations (three of four with the sale that they take back), a quarter of the rows with no
 * customer, prices of zero, stock corrections, a ledger entry now and then, services among the codes.
 */
export function openMadeUpShop({
  rows,
  seed,
  days,
}: {
  readonly rows: number;
  readonly seed: number;
  readonly days: number;
}): MadeUpShop {
  const products = makeProducts(seed, Math.min(3_900, Math.max(80, Math.round(rows / 40))), days);
  const trade: Trade = {
    random: createRandom(seed, 'invoices'),
    products,
    customers: createCustomers(seed, days),
    usual: popularity(products, 0.25),
    atChristmas: popularity(products, 5),
    sold: [],
    soldCount: 0,
    invoiceNumber: 536_365,
  };
  return { day: (day) => tradeOf(trade, day) };
}

function* tradeOf(trade: Trade, day: SellingDay): Generator<InvoiceLine> {
  let count = 0;
  while (count < day.rowCount) {
    const moment = { day, text: `${day.date} ${timeOfDay(count / day.rowCount)}:00` };
    const draw = trade.random.next();
    const next = draw < 0.77 ? sale(trade, moment) : draw < 0.92 ? cancellation(trade, moment) : oddity(trade, moment);
    for (const line of next) {
      if (count >= day.rowCount) return;
      count += 1;
      yield line;
    }
  }
}

function sale(trade: Trade, { day, text }: Moment): readonly InvoiceLine[] {
  const { random, customers } = trade;
  const isAnonymous = random.chance(0.13);
  const customer = isAnonymous ? null : customers.next(day.index);
  const base = head(nextInvoice(trade), text, customer);
  const draw = random.next();
  const lineCount = 1 + Math.floor((isAnonymous ? 46 : 18) * 3 * draw * draw);
  const lines: InvoiceLine[] = [];
  for (let index = 0; index < lineCount; index += 1) {
    const product = chooseProduct(trade, day.month);
    const quantity = quantityOf(random, product, customer);
    const line = productLine({ base, product, day: day.index, quantity, isAnonymous });
    lines.push(line);
    if (customer !== null) remember(trade, line, day.index);
    if (random.chance(0.003)) lines.push(line);
  }
  return [...lines, ...services(random, base, customer)];
}

/** Postage, carriage and the like, which stand among the goods. */
function services(random: Random, base: LineHead, customer: Customer | null): readonly InvoiceLine[] {
  const lines: InvoiceLine[] = [];
  const add = (stockCode: string, description: string, quantity: number, hundredths: number): void => {
    lines.push({ ...base, stockCode, description, quantity, unitPrice: decimal(hundredths) });
  };
  if (customer !== null && customer.country !== 'United Kingdom' && random.chance(0.4)) {
    add('POST', 'POSTAGE', 1 + random.below(4), 1_800);
  }
  if (customer === null && random.chance(0.25)) add('DOT', 'DOTCOM POSTAGE', 1, 2_000 + random.below(30_000));
  if (random.chance(0.02)) add(random.chance(0.9) ? 'M' : 'm', 'Manual', 1, 100 + random.below(6_000));
  if (random.chance(0.006)) add('C2', 'CARRIAGE', 1, 5_000);
  if (random.chance(0.01)) lines.push({ ...base, ...giftVoucher(random.below(3)) });
  return lines;
}

function cancellation(trade: Trade, { day, text }: Moment): readonly InvoiceLine[] {
  const { random, sold } = trade;
  const invoiceNo = `C${nextInvoice(trade)}`;
  if (random.chance(0.06)) {
    const [stockCode, description, unitPrice] = random.pick(fees);
    return [{ ...head(invoiceNo, text, null), stockCode, description, quantity: -1, unitPrice }];
  }
  const first = random.below(Math.max(1, sold.length));
  const origin = sold[first];
  if (origin === undefined || random.chance(0.23)) {
    const base = head(invoiceNo, text, trade.customers.next(day.index));
    const line = productLine({
      base,
      product: chooseProduct(trade, day.month),
      day: day.index,
      quantity: 1,
      isAnonymous: false,
    });
    return [{ ...line, quantity: -(1 + random.below(30)) }];
  }
  const several = sold.slice(first, first + 1 + random.below(4));
  return several
    .filter(({ line }) => line.invoiceNo === origin.line.invoiceNo)
    .map(({ line }) => {
      const back = random.chance(0.5) ? line.quantity : 1 + random.below(line.quantity);
      return { ...line, invoiceNo, invoiceDate: text, quantity: -back };
    });
}

/** What is no trade: stock corrections, samples for nothing, once in a while a debt written off. */
function oddity(trade: Trade, { day, text }: Moment): readonly InvoiceLine[] {
  const { random } = trade;
  const draw = random.next();
  const isLedger = draw < 0.02;
  const base = head(`${isLedger ? 'A' : ''}${nextInvoice(trade)}`, text, null);
  if (isLedger) {
    return [{ ...base, stockCode: 'B', description: 'Adjust bad debt', quantity: 1, unitPrice: '-11062.06' }];
  }
  const { code: stockCode, description } = chooseProduct(trade, day.month);
  if (draw < 0.55) {
    const quantity = -(1 + random.below(80));
    return [{ ...base, stockCode, description: random.pick(adjustments), quantity, unitPrice: '0.0' }];
  }
  const shown = random.chance(0.4) ? '' : description;
  return [{ ...base, stockCode, description: shown, quantity: 1 + random.below(20), unitPrice: '0.0' }];
}

function nextInvoice(trade: Trade): string {
  trade.invoiceNumber += 1;
  return String(trade.invoiceNumber - 1);
}

function chooseProduct({ random, products, usual, atChristmas }: Trade, month: number): Product {
  return products[random.weighted(month >= 10 ? atChristmas : usual)] as Product;
}

function remember(trade: Trade, line: InvoiceLine, day: number): void {
  trade.sold[trade.soldCount % rememberedSales] = { line, day };
  trade.soldCount += 1;
}

/** Dear things are bought one by one, cheap ones by the dozen. */
function quantityOf(random: Random, product: Product, customer: Customer | null): number {
  const quantity = random.pick(quantities);
  const pieces = product.price > 400 ? quantity / 5 : product.price > 200 ? quantity / 2 : quantity;
  return Math.max(1, Math.round(customer === null ? pieces / 5 : pieces * customer.size));
}

interface ProductSale {
  readonly base: LineHead;
  readonly product: Product;
  readonly day: number;
  readonly quantity: number;
  readonly isAnonymous: boolean;
}

function productLine({ base, product, day, quantity, isAnonymous }: ProductSale): InvoiceLine {
  const isRenamed = product.renamedOn >= 0 && day >= product.renamedOn;
  const price = quantity >= 48 ? Math.round(product.price * 0.85) : product.price;
  // Written out, not spread: this is the one object per row of files of any size.
  return {
    invoiceNo: base.invoiceNo,
    stockCode: product.code,
    description: isRenamed ? product.newDescription : product.description,
    quantity,
    invoiceDate: base.invoiceDate,
    // Orders over the web pay more per piece, as in the real file.
    unitPrice: decimal(isAnonymous ? Math.round(price * 1.95) : price),
    customerId: base.customerId,
    country: base.country,
  };
}

function giftVoucher(kind: number): Pick<InvoiceLine, 'stockCode' | 'description' | 'quantity' | 'unitPrice'> {
  const value = [10, 20, 50][kind] ?? 10;
  return {
    stockCode: `gift_0001_${value}`,
    description: `Dotcomgiftshop Gift Voucher £${value}.00`,
    quantity: 1,
    unitPrice: decimal(Math.round((value * 100) / 1.2)),
  };
}

/** Few products sell most; Christmas goods by season. */
function popularity(products: readonly Product[], christmas: number): readonly number[] {
  return runningTotals(
    products.map((product, rank) => ((product.isChristmas ? christmas : 1) * 1_000) / ((rank % products.length) + 40)),
  );
}
