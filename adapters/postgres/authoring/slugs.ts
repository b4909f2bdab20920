/**
 * Inserts at the first free address: those wished for in turn, then the first of them with a random end. `insert` answers
 * nothing where the address is taken, so that two who want the same one at once both succeed.
 */
export async function atFreeSlug<Row>(
  wishes: string[],
  insert: (slug: string) => Promise<Row | undefined>,
): Promise<Row> {
  const randomEnds = Array.from({ length: 5 }, () => `${wishes[0]}-${crypto.randomUUID().slice(0, 6)}`);
  for (const slug of [...wishes, ...randomEnds]) {
    const row = await insert(slug);
    if (row) return row;
  }
  throw new Error(`No free address was found for ${wishes[0]}.`);
}
