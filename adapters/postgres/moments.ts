type Moments = "createdAt" | "updatedAt";
/** As JSON has it: moments are text. */
export type Plain<Item> = Omit<Item, Moments> & Record<Moments, string>;

/** JSON's moments as dates. */
export function withMoments<Item>(item: Plain<Item>): Item {
  return { ...item, createdAt: new Date(item.createdAt), updatedAt: new Date(item.updatedAt) } as Item;
}
