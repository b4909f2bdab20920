import { LAST_DAY, LegacyShop } from "./legacy_shop.ts";

const DAY = 24 * 3600 * 1000;

/** Makes up a former shop of some size, the same for the same seed: mostly ordinary, with oddities strewn in. */
export function randomShop(seed: number, { accounts = 60, courses = 12 } = {}): LegacyShop {
  const random = mulberry32(seed);
  const below = (n: number) => Math.floor(random() * n);
  const among = <Item>(items: Item[]) => items[below(items.length)]!;
  const happens = (share: number) => random() < share;
  const shop = new LegacyShop();

  const people = Array.from({ length: accounts }, (_, n) =>
    shop.account({
      email: happens(0.1)
        ? `${happens(0.5) ? "Twin" : "twin"}${below(5)}.${n % 2 ? "A" : "a"}${n}@example.com`
        : `p${n}@example.com`,
      role: among([4, 4, 4, 4, 3, 2, 1]),
      is_superuser: happens(0.03),
      is_active: !happens(0.05),
      madeAt: LAST_DAY - below(200) * DAY,
      ...(happens(0.08) ? { password: among(["", "!x", "plain text"]) } : {}),
    }));
  for (let n = 0; n < accounts / 15; n++) {
    const twin = among(people).email;
    const email = twin[0]!.toUpperCase() + twin.slice(1);
    if (!shop.rows.users_user.some((row) => row.email === email)) {
      people.push(shop.account({ email, madeAt: LAST_DAY - below(200) * DAY }));
    }
  }
  const categories = Array.from({ length: 4 }, () => shop.category());
  const sold = Array.from({ length: courses }, () =>
    shop.course({
      price: among(["19.00", "49.99", "120.00", "0.00", "0.30", "-2.00"]),
      is_published: happens(0.6),
      category_id: happens(0.5) ? among(categories).id : null,
    }, { tutors: [...new Set([among(people), among(people)])].slice(0, below(3)) }));
  for (const course of sold) {
    for (let n = below(4); n > 0; n--) shop.lesson(course.part.id, { order: below(2) });
  }

  for (const buyer of people) {
    for (let n = below(5); n > 0; n--) {
      const when = LAST_DAY - Math.floor(random() ** 2 * 180 * DAY);
      const course = among(sold);
      const total = among(["19.00", "49.99", "49.99", "0.00", "-2.00"]);
      const fate = random();
      if (fate < 0.4) shop.click(buyer, [course], { when, total });
      else if (fate < 0.75) shop.buy(buyer, [course], { when, total });
      else if (fate < 0.8) shop.buy(buyer, [course], { when, total, payment: { status: -2 } });
      else if (fate < 0.84) shop.buy(buyer, [course, among(sold)].filter(unique), { when, total: "60.01" });
      else if (fate < 0.88) shop.buy(buyer, [course], { when, total, order: null });
      else if (fate < 0.91) shop.buy(buyer, [course], { when, total, enrolls: false });
      else if (fate < 0.94) {
        shop.click(buyer, [course], { when, total, payment: { status: -1, reason: among([1, 3, 10]) } });
      } else if (fate < 0.97) {
        shop.buy(buyer, [course], { when, total, payment: { method: "CASH", transaction_id: null } });
      } else shop.buy(buyer, [], { when, total });
    }
    if (happens(0.2)) {
      shop.comment(happens(0.8) ? buyer.id : null, among(sold).lesson.id, among(["Hm.", "", null]));
    }
    if (happens(0.3)) {
      shop.answer(happens(0.9) ? buyer.id : null, { degree: among(["phd", "BSc", "none", null]) });
    }
  }
  return shop;
}

const unique = <Item>(item: Item, index: number, all: Item[]) => all.indexOf(item) === index;

/** A small generator of pseudo-random numbers from 0 to 1, by Tommy Ettinger. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, 1 | state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 4294967296;
  };
}
