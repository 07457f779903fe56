/** Exact sum of decimal texts, in four places: the scale of every amount in the warehouse. */
export function sumMoney(amounts: readonly string[]): string {
  const total = amounts.reduce((sum, amount) => sum + tenThousandths(amount), 0n);
  const digits = String(total < 0n ? -total : total).padStart(5, '0');
  return `${total < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

function tenThousandths(amount: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,4}))?$/.exec(amount);
  if (match === null) throw new RangeError(`Not an amount of at most four places: ${JSON.stringify(amount)}`);
  const size = BigInt(`${match[2]}${(match[3] ?? '').padEnd(4, '0')}`);
  return match[1] === '-' ? -size : size;
}
