import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createBuiltins } from '../../activities/builtins';
import { listTables } from '../../warehouse';
import {
  contextOf,
  daysBetween,
  dimensions,
  fingerprints,
  readPublished,
  runDaily,
  runMarts,
  type Shop,
  withShop,
} from './support/retail';

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

interface Line {
  readonly invoice?: string;
  readonly code?: string;
  readonly description?: string;
  readonly day: string;
  readonly customer?: string;
  readonly country?: string;
}

let invoiceCount = 0;

function line({ invoice, code = 'CUP', description = 'A CUP', day, customer = '1', country = 'EIRE' }: Line): string {
  invoiceCount += 1;
  const quantity = invoice?.startsWith('C') ? -2 : 2;
  return `${invoice ?? 1_000 + invoiceCount},${code},${description},${quantity},2010-12-${day} 10:00:00,1.5,${customer},${country}`;
}

function put(shop: Shop, ...lines: readonly Line[]): void {
  writeFileSync(join(shop.landing, 'a.csv'), `${[header, ...lines.map(line)].join('\n')}\n`);
}

async function run(shop: Shop, start: string, end: string): ReturnType<typeof runDaily> {
  return await runDaily(shop, { source: 'a.csv', start: `2010-12-${start}`, end: `2010-12-${end}` });
}

const keysOfFacts = `
  select facts.date_key, customers.country, products.description
  from core.fact_sales as facts
  join core.dim_customer as customers on customers.customer_key = facts.customer_key
  join core.dim_product as products on products.product_key = facts.product_key
  order by facts.date_key, facts.invoice_no`;

describe('a publish', () => {
  test('fills in the dimension versions that are valid on the day', async () => {
    await withShop(async (shop) => {
      put(
        shop,
        { day: '01' },
        { day: '02', description: 'THE CUP' },
        { day: '03', description: 'THE CUP', customer: '' },
      );
      for (const [day, next] of [
        ['01', '02'],
        ['02', '03'],
        ['03', '04'],
      ] as const)
        await run(shop, day, next);
      expect(await readPublished(shop, keysOfFacts)).toEqual([
        { date_key: 20101201, country: 'EIRE', description: 'A CUP' },
        { date_key: 20101202, country: 'EIRE', description: 'THE CUP' },
        { date_key: 20101203, country: null, description: 'THE CUP' },
      ]);
    });
  });

  test('rewrites the facts of other days when a day that comes late moves a version', async () => {
    await withShop(async (shop) => {
      put(
        shop,
        { day: '01' },
        { day: '02', description: 'THE CUP' },
        { day: '03', description: 'THE CUP' },
        { day: '03', code: 'X' },
      );
      await run(shop, '01', '02');
      await run(shop, '03', '04');
      const before = await readPublished(shop, 'select product_key from core.fact_sales where date_key = 20101203');
      const result = await run(shop, '02', '03');
      expect(result.kind).toBe('published');
      const after = await readPublished(shop, 'select product_key from core.fact_sales where date_key = 20101203');
      expect(after).not.toEqual(before);
      expect((await readPublished(shop, keysOfFacts)).map((row) => row.description)).toEqual([
        'A CUP',
        'THE CUP',
        'THE CUP',
        'A CUP',
      ]);
    });
  });

  test('leaves the same tables whatever the order of days, or as one run', async () => {
    const lines = ['01', '02', '04', '05'].flatMap((day, index): Line[] => [
      {
        day,
        invoice: `${index}1`,
        description: index === 1 ? 'THE CUP' : 'A CUP',
        country: index > 1 ? 'France' : 'EIRE',
      },
      { day, invoice: `${index}2`, code: `X${index}`, customer: `${index}` },
      { day, invoice: `C${index}3`, code: 'X0', customer: '0' },
    ]);
    const results = new Set<string>();
    for (const order of [['01', '02', '04', '05'], ['05', '04', '02', '01'], ['02', '05', '01', '04'], []]) {
      await withShop(async (shop) => {
        put(shop, ...lines);
        for (const day of order) await run(shop, day, String(Number(day) + 1).padStart(2, '0'));
        if (order.length === 0) await run(shop, '01', '06');
        results.add(JSON.stringify(await fingerprints(shop)));
      });
    }
    expect(results.size).toBe(1);
  });

  test('four at once lose no day', async () => {
    await withShop(async (shop) => {
      put(shop, ...['01', '02', '03', '04'].map((day) => ({ day, code: `X${day}` })));
      const results = await Promise.all(['01', '02', '03', '04'].map((day) => run(shop, day, `0${Number(day) + 1}`)));
      expect(results.map(({ release }) => release).sort()).toEqual([1, 2, 3, 4]);
      expect(
        await readPublished(shop, 'select count(distinct product_key) as keys, count(*) as n from core.fact_sales'),
      ).toEqual([{ keys: 4, n: 4 }]);
    });
  });

  test('of a day that is run again changes nothing', async () => {
    await withShop(async (shop) => {
      put(shop, { day: '01' }, { day: '02' });
      await run(shop, '01', '03');
      const before = await fingerprints(shop);
      const again = await run(shop, '02', '03');
      expect(again).toMatchObject({ kind: 'unchanged', release: 1 });
      expect(again.data_until).toBe('2010-12-03T00:00:00Z');
      expect(await fingerprints(shop)).toEqual(before);
    });
  });

  test('of a day without rows covers the day, with no file', async () => {
    await withShop(async (shop) => {
      put(shop, { day: '01' });
      await run(shop, '01', '02');
      const result = await run(shop, '02', '03');
      expect(result).toMatchObject({
        kind: 'published',
        data_until: '2010-12-03T00:00:00Z',
        fresh_until: '2010-12-04T02:00:00.000Z',
      });
      const release = await shop.warehouse.release();
      expect((await release.days('core.fact_sales')).map(({ day, rowCount }) => [day, rowCount])).toEqual([
        ['2010-12-01', 1],
        ['2010-12-02', 0],
      ]);
    });
  });

  test('of an empty day first of all works too', async () => {
    await withShop(async (shop) => {
      put(shop, { day: '05' });
      await run(shop, '01', '02');
      expect(await readPublished(shop, 'select count(*) as n from core.dim_customer')).toEqual([{ n: 1 }]);
      await runMarts(shop);
      expect(await readPublished(shop, 'select count(*) as n from marts.customer_rfm')).toEqual([{ n: 0 }]);
    });
  });

  test('takes rows away again when the file no longer has them', async () => {
    await withShop(async (shop) => {
      put(shop, { day: '01' }, { day: '02', code: 'GONE' });
      await run(shop, '01', '03');
      put(shop, { day: '01' });
      await run(shop, '02', '03');
      expect(await readPublished(shop, "select count(*) as n from core.dim_product where stock_code = 'GONE'")).toEqual(
        [{ n: 0 }],
      );
    });
  });

  test('of rows that were read before newer ones were published is refused, and loses none of those', async () => {
    await withShop(async (shop) => {
      put(shop, { day: '01' });
      const growAndRunAgain = async (): Promise<unknown> => {
        put(shop, { day: '01' }, { day: '01', code: 'BOWL' });
        return await run(shop, '01', '02');
      };
      const late = runDaily(shop, {
        source: 'a.csv',
        start: '2010-12-01',
        end: '2010-12-02',
        beforePublish: growAndRunAgain,
      });

      await expect(late).rejects.toMatchObject({ code: 'slice_superseded', details: { day: '2010-12-01' } });
      expect(await readPublished(shop, 'select count(*) as lines from core.fact_sales')).toEqual([{ lines: 2 }]);
    });
  });

  test('stops when two members of a dimension get one key', async () => {
    await withShop(async (shop) => {
      put(shop, { day: '01' }, { day: '01', code: 'OTHER' });
      const dimension = shop.catalog.get('core.dim_product');
      const select = dimension.select.replace("'dim_product', stock_code, valid_from", "'dim_product'");
      const models = new Map([...shop.catalog.models, ['core.dim_product', { ...dimension, select }]]);
      const catalog = { models, get: (name: string) => models.get(name) ?? shop.catalog.get(name) };
      await expect(run({ ...shop, catalog }, '01', '02')).rejects.toMatchObject({ code: 'key_collision' });
      expect(await fingerprints(shop)).toEqual({});
    });
  });
});

describe('the marts', () => {
  test('name the DAG that has to run first when nothing was published', async () => {
    await withShop(async (shop) => {
      await expect(runMarts(shop)).rejects.toMatchObject({ code: 'input_missing', details: { release: 0 } });
    });
  });

  test('built twice of one release change nothing, and are as old as that release', async () => {
    await withShop(async (shop) => {
      put(shop, { day: '01' });
      await run(shop, '01', '02');
      expect(await runMarts(shop)).toMatchObject({ kind: 'published', data_until: '2010-12-02T00:00:00Z' });
      expect(await runMarts(shop)).toMatchObject({ kind: 'unchanged' });
    });
  });
});

describe('a SQL task', () => {
  test('run twice writes the same rows under the same fingerprint', async () => {
    await withShop(async (shop) => {
      put(shop, { day: '01' }, { day: '02' });
      await run(shop, '01', '03');
      const { sql } = createBuiltins({ models: shop.catalog });
      const refs = await Promise.all(
        ['a', 'b'].map((id) =>
          sql(contextOf(shop, { id, start: '2010-12-01', end: '2010-12-03' }, 'marts.revenue_daily'), {
            model: 'marts.revenue_daily',
            inputs: {},
          }),
        ),
      );
      expect(refs[0]?.fingerprint).toBe(refs[1]?.fingerprint);
      expect(refs[0]?.fingerprint).not.toBeNull();
    });
  });

  test('says which input its SQL does not read, and which parameter it lacks', async () => {
    await withShop(async (shop) => {
      const { sql, check } = createBuiltins({ models: shop.catalog });
      const context = contextOf(shop, { id: 'x', start: '2010-12-01', end: '2010-12-02' }, 'x');
      const ref = { kind: 'dataset', table: 'a', manifest: 'b', rowCount: 0, fileCount: 0, fingerprint: null } as const;
      await expect(sql(context, { model: 'staging.stg_invoices', inputs: { raww: ref } })).rejects.toMatchObject({
        code: 'unknown_input',
        message: expect.stringContaining('Did you mean "raw"?'),
      });
      await expect(sql(context, { model: 'staging.stg_invoices', inputs: { raw: null } })).rejects.toMatchObject({
        code: 'input_missing',
        message: expect.stringContaining('did not succeed'),
      });
      await expect(sql(context, { model: 'staging.stg_invoice', inputs: {} })).rejects.toMatchObject({
        code: 'unknown_sql_model',
      });
      await expect(
        check(context, { check: 'quality.invoices', on: {}, options: { minimum_scores: 9 } }),
      ).rejects.toMatchObject({
        code: 'unknown_check_option',
        message: expect.stringContaining('minimum_score'),
      });
    });
  });
});

test('a publish reports the fingerprints that the warehouse prints', async () => {
  await withShop(async (shop) => {
    put(shop, { day: '01' });
    const { tables } = await run(shop, '01', '02');
    const printed = new Map((await listTables(shop.warehouse)).map((table) => [table.table, table.fingerprint]));
    expect(tables.length).toBe(11);
    for (const { table, fingerprint } of tables) expect(fingerprint).toBe(printed.get(table));
  });
});

test('the days of a range are listed without its end', () => {
  expect(daysBetween('2010-12-30', '2011-01-02')).toEqual(['2010-12-30', '2010-12-31', '2011-01-01']);
  expect(dimensions).toHaveLength(4);
});
