/**
 * Inserts at the first free slug: tries the wishes in turn, then the first of them with a random end. `insert` returns
 * nothing when the slug is taken, so that two concurrent requests for one slug both succeed.
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
  throw new Error(`No free slug was found for ${wishes[0]}.`);
}
