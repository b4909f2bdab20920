/**
 * Inserts a row under the first free slug: tries the wishes in order, then the first of them with a random suffix.
 * `insert` returns nothing if the slug is taken, so two concurrent requests for one slug both succeed.
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
