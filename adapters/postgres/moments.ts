type Moments = "createdAt" | "updatedAt";
/** As JSON has it: moments are text. */
export type Plain<Item> = Omit<Item, Moments> & Record<Moments, string>;

/** Parses the row's timestamps into Dates. */
export function parseTimestamps<Item>(item: Plain<Item>): Item {
  return { ...item, createdAt: new Date(item.createdAt), updatedAt: new Date(item.updatedAt) } as Item;
}
