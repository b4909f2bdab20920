/**
 * Saves items in batches, one batch at a time: what comes while one is under way goes into the next, so that nobody waits for
 * more than two and many at once cost little more than one. Each caller is told how the batch of its item went.
 */
export function inBatches<Item>(save: (items: Item[]) => Promise<void>): (item: Item) => Promise<void> {
  let underWay: Promise<void> = Promise.resolve();
  let next: { items: Item[]; saved: Promise<void> } | null = null;
  return (item) => {
    if (next === null) {
      const batch = { items: [] as Item[], saved: underWay };
      batch.saved = underWay.catch(() => {}).then(() => {
        next = null;
        return save(batch.items);
      });
      next = batch;
      underWay = batch.saved;
    }
    next.items.push(item);
    return next.saved;
  };
}
