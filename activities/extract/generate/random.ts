/** Seeded draws in 32-bit integer arithmetic: the same numbers on every machine and Node version. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  below(bound: number): number;
  /** True with a probability. */
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** An index with a probability in proportion to its weight, from running totals. */
  weighted(runningTotals: Float64Array | readonly number[]): number;
}

/** A generator of its own for each seed and name, so that one part of the data does not shift another. */
export function createRandom(seed: number, name: string): Random {
  let [a, b, c, counter] = [mix(seed, 1), mix(seed ^ hashText(name), 2), hashText(name), 1];
  const draw = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) draw();
  const next = (): number => draw() / 0x1_0000_0000;
  const random: Random = {
    next,
    below: (bound) => Math.floor(next() * bound),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)] as (typeof items)[number],
    weighted: (totals) => {
      const target = next() * (totals[totals.length - 1] ?? 0);
      let [low, high] = [0, totals.length - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((totals[middle] ?? 0) > target) high = middle;
        else low = middle + 1;
      }
      return low;
    },
  };
  return random;
}

/** Running totals of weights, for `weighted`. */
export function runningTotals(weights: readonly number[]): readonly number[] {
  let total = 0;
  return weights.map((weight) => {
    total += weight;
    return total;
  });
}

function mix(value: number, round: number): number {
  let mixed = (value + Math.imul(round, 0x9e3779b9)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash | 0;
}
