const lookEveryMs = 20;

/** Waits until the condition holds; fails when it does not within the time (5 s unless told otherwise). */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 5000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not so within ${withinMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
