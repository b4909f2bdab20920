import assert from "node:assert/strict";
import { currencyExponent, THREE_DECIMAL, ZERO_DECIMAL } from "../../../domain/money.ts";
import { addSearchable } from "../../support/searchable_courses.ts";
import { searchTest } from "../../support/search_engines.ts";
import { type Answer, shopTest, signUp, type TestShop } from "../../support/shop.ts";

type Item = { slug: string; id: string };
type Query = { [name: string]: string | undefined };
const slugsOf = ({ body }: Answer): string[] => body.results.map(({ slug }: Item) => slug);
const list = (shop: TestShop, query: Query) =>
  shop.call("GET", `/api/courses/courses/?${new URLSearchParams(query as Record<string, string>)}`);

searchTest("no typed search ever fails", async (shop) => {
  await addSearchable(shop.sql);
  const odd = [
    "'",
    "''''",
    "a'b\\",
    "&|!():*<->",
    "!!!",
    "linear & !algebra | (",
    ":*",
    "<mark>",
    "%_%",
    "😀",
    "😀 python",
    "\u0001\u200b\u202e",
    "ﷺ".repeat(50),
    "x".repeat(5000),
    "algebra ".repeat(500),
    "the",
    "и",
    "a b c d e f g h i j k l m n",
    "ß Æ ½ № ¡¿",
    "1234567890",
    "-1",
    "null",
    "\ud800",
    "İstanbul",
    "c++",
    "node.js/react@18",
    " ",
  ];
  for (const search of odd) {
    for (const extra of [{}, { highlight: "true", facets: "true" }, { ordering: "price", cursor: "" }]) {
      const { status, body } = await list(shop, { search, ...extra });
      assert.equal(status, 200, `${JSON.stringify(search.slice(0, 50))}: ${JSON.stringify(body)}`);
    }
  }
  const nul = await shop.call("GET", "/api/courses/courses/?search=a%00b");
  assert.deepEqual([nul.status, Object.keys(nul.body.errors)], [400, ["search"]]);
  assert.deepEqual(slugsOf(await list(shop, { search: "algebra ".repeat(500) })), ["linear-algebra"]);
  assert.deepEqual((await list(shop, { search: "&|!()" })).body.count, 0);
  assert.deepEqual((await list(shop, { search: "  " })).body.count, 20, "blank is no search");
});

searchTest(
  "ё and accents make no difference, and no course hides another that was found before",
  async (shop) => {
    const { sql } = shop;
    const add = async (slug: string, language: string, title: string) => {
      await sql`insert into courses (slug, title, language, price_amount, is_published) values (${slug}, ${title}, ${language}, 0, true)`;
    };
    await add("grafika", "ru", "Трёхмерная графика");
    await add("samolety", "ru", "Самолёты будущего");
    await add("programacion", "es", "Programación rápida");
    await add("quimica", "es", "Química");
    await add("lehren", "en", "Über müde Schüler");
    const typed: [string, string][] = [
      ["трёхмерная графика", "grafika"],
      ["трехмерной графики", "grafika"],
      ["трёхмерной графики", "grafika"],
      ["ТРЁХМЕРНУЮ ГРАФИКУ", "grafika"],
      ["самолеты будущего", "samolety"],
      ["самолета будущего", "samolety"],
      ["programacion rapida", "programacion"],
      ["programaciones", "programacion"],
      ["mude schuler", "lehren"],
      ["qimica", "quimica"],
      ["grafikka", "-"],
      ["трехмрная", "grafika"],
    ];
    const missed = async () => {
      const missing: string[] = [];
      for (const [search, slug] of typed) {
        if (slug !== "-" && !slugsOf(await list(shop, { search })).includes(slug)) {
          missing.push(`${search}: ${slug}`);
        }
      }
      return missing;
    };
    assert.deepEqual(await missed(), []);
    // Others that have the very words that were typed.
    for (const [index, [search]] of typed.entries()) {
      await add(`other-${index}`, index < 6 ? "ru" : "es", search);
    }
    assert.deepEqual(await missed(), []);
    const [first, ...others] = slugsOf(await list(shop, { search: "qimica" }));
    assert.deepEqual(
      [first, others.includes("quimica")],
      ["other-9", true],
      "what has the very word comes first",
    );
    const marked = await list(shop, { search: "самолета", highlight: "true" });
    assert.match(JSON.stringify(marked.body.results), /<mark>Самолёты<\/mark>/);
  },
);

searchTest(
  "a search finds what was just written, but not what was renamed or taken off sale",
  async (shop) => {
    const { sql } = shop;
    await addSearchable(sql);
    const found = async (search: string) => slugsOf(await list(shop, { search }));
    const steps: [
      what: string,
      act: () => Promise<unknown>,
      gone: string | null,
      there: string,
      slug: string,
    ][] = [
      [
        "a title",
        () => sql`update courses set title = 'Topology' where slug = 'calculus'`,
        null,
        "topology",
        "calculus",
      ],
      [
        "a tutor",
        () => sql`update users set last_name = 'Zweistein' where last_name = 'Laurent'`,
        "laurent",
        "zweistein",
        "linear-algebra",
      ],
      [
        "a category",
        () => sql`update categories set name = 'Husbandry' where name = 'Economics'`,
        null,
        "husbandry",
        "microeconomics",
      ],
      [
        "a lesson",
        () => sql`update lessons set title = 'Tunnelling' where title = 'Spin'`,
        "spin",
        "tunneling",
        "quantum",
      ],
      [
        "another lesson",
        () =>
          sql`
        insert into lessons (part_id, slug, title, position)
        select id, 'pandas', 'Pandas dataframes', 9 from course_parts where slug = 'python-part'`,
        null,
        "dataframe",
        "python",
      ],
      [
        "a part",
        () => sql`update course_parts set title = 'Crystals' where slug = 'organic-part'`,
        null,
        "crystal",
        "organic",
      ],
      [
        "a description",
        () => sql`update courses set description = 'Ferris wheels' where slug = 'mechanics'`,
        "planets",
        "ferris",
        "mechanics",
      ],
      [
        "another tutor",
        () =>
          sql`
        insert into course_tutors (course_id, user_id)
        select c.id, u.id from courses c, users u where c.slug = 'sql' or c.slug = 'databases' and u.last_name = 'Ueda'`,
        null,
        "databases ueda",
        "databases",
      ],
    ];
    for (const [what, act, gone, there, slug] of steps) {
      await act();
      assert.equal((await found(there))[0], slug, what);
      if (gone) assert.deepEqual(await found(gone), [], what);
    }
    await sql`update courses set is_published = false where slug = 'quantum'`;
    assert.deepEqual(await found("quantum"), []);
    await sql`update courses set is_published = true where slug = 'quantum'`;
    assert.deepEqual(await found("quantum"), ["quantum"]);
    await sql`update courses set archived_at = now() where slug = 'quantum'`;
    assert.deepEqual(await found("quantum"), []);
  },
);

searchTest("filters, orderings, highlights and facets", async (shop, t) => {
  const { sql } = shop;
  await addSearchable(sql);
  await sql`update courses set created_at = now() - interval '1 day' where slug <> 'historia'`;
  await sql`update courses set price_amount = 0 where slug in ('python', 'fizika')`;
  await sql`update courses set price_amount = 9900, level = 'advanced' where slug in ('quantum', 'organic')`;
  await sql`update courses set price_amount = 500, price_currency = 'jpy', level = 'beginner' where slug = 'calculo'`;
  await sql`update courses set rating_sum = 50, rating_count = 10 where slug = 'organic'`;
  await sql`
    insert into enrollments (student_id, course_id) select 's' || n, id from courses, generate_series(1, 5) n
    where slug = 'mechanics'`;
  const [physics] = await sql<{ id: string }[]>`select id::text from categories where name = 'Physics'`;
  const [okafor] = await sql<{ id: string }[]>`select id from users where last_name = 'Okafor'`;

  await t.step("category by id or slug, tutor, level, language, is_free", async () => {
    for (const category of [physics!.id, "c-Physics"]) {
      assert.deepEqual(slugsOf(await list(shop, { category })).sort(), ["mechanics", "quantum"]);
    }
    assert.deepEqual(slugsOf(await list(shop, { tutor: okafor!.id })).sort(), ["mechanics", "quantum"]);
    assert.deepEqual(slugsOf(await list(shop, { level: "advanced" })).sort(), ["organic", "quantum"]);
    assert.equal((await list(shop, { language: "ru" })).body.count, 5);
    assert.deepEqual(slugsOf(await list(shop, { is_free: "true" })).sort(), ["fizika", "python"]);
    assert.equal((await list(shop, { is_free: "false" })).body.count, 18);
    assert.equal((await list(shop, { category: "no-such" })).body.count, 0);
    assert.equal((await list(shop, { category: "", tutor: "" })).body.count, 20, "blank chooses nothing");
    assert.deepEqual(slugsOf(await list(shop, { search: "mechanics", level: "advanced" })).sort(), [
      "organic",
      "quantum",
    ]);
  });
  await t.step("price_min and price_max are in major units of each course's currency", async () => {
    assert.deepEqual(slugsOf(await list(shop, { price_min: "99" })).sort(), [
      "calculo",
      "organic",
      "quantum",
    ]);
    assert.deepEqual(slugsOf(await list(shop, { price_min: "49.01", price_max: "99.00" })).sort(), [
      "organic",
      "quantum",
    ]);
    assert.equal((await list(shop, { price_max: "48.99" })).body.count, 2);
    for (const currency of [...ZERO_DECIMAL, ...THREE_DECIMAL, "usd"]) {
      const [row] = await sql`select in_thousandths(1, ${currency})::integer as thousandths`;
      assert.equal(row!.thousandths, 10 ** (3 - currencyExponent(currency)), currency);
    }
  });
  await t.step("ordering: newest, price, -price, rating, popularity", async () => {
    const first = async (ordering: string) => slugsOf(await list(shop, { ordering }))[0]!;
    assert.equal(await first("newest"), "historia");
    assert.match(await first("price"), /python|fizika/);
    assert.match(await first("-price"), /quantum|organic/);
    assert.equal(await first("rating"), "organic");
    assert.equal(await first("popularity"), "mechanics");
    assert.equal(await first("relevance"), "historia", "without a search it is newest");
    assert.equal(slugsOf(await list(shop, { search: "mechanics" }))[0], "mechanics", "many took it");
  });
  await t.step("a wrong filter is a 400 that names it", async () => {
    const wrong = { level: "expert", language: "de", ordering: "name", price_min: "-1", is_free: "maybe" };
    for (const [name, value] of Object.entries(wrong)) {
      const { status, body } = await list(shop, { [name]: value });
      assert.deepEqual([status, Object.keys(body.errors)], [400, [name]]);
    }
  });
  await t.step("links to other pages keep the search and its filters", async () => {
    const page = await list(shop, { search: "algebra анализ", language: "en", page_size: "1" });
    assert.equal(page.body.count, 0, "every word must be found");
    const { body } = await list(shop, { language: "en", ordering: "price", page_size: "4", page: "2" });
    for (const link of [body.next, body.previous]) {
      const { searchParams } = new URL(link);
      assert.deepEqual([searchParams.get("language"), searchParams.get("ordering")], ["en", "price"]);
    }
  });
  await t.step("highlights are escaped HTML with marks, only on request", async () => {
    await sql`
      update courses set title = '<b>Python</b> & co', description = 'Write "python" scripts.' where slug = 'python'`;
    const { body } = await list(shop, { search: "pyth", highlight: "true" });
    const { highlights } = body.results.find(({ slug }: Item) => slug === "python");
    assert.match(highlights.title, /<mark>Python<\/mark>/);
    assert.doesNotMatch(highlights.title.replaceAll(/<\/?mark>/g, ""), /[<>"]|&(?!\w+;)/);
    assert.match(highlights.description, /&quot;<mark>python<\/mark>&quot;/);
    assert.ok(!("highlights" in (await list(shop, { search: "pyth" })).body.results[0]));
  });
  await t.step("facets count what each choice would leave under the other filters", async () => {
    const { body } = await list(shop, { facets: "true", language: "en", is_free: "false" });
    assert.deepEqual(body.facets.language, [
      { value: "en", count: 9 },
      { value: "es", count: 5 },
      { value: "ru", count: 4 },
    ]);
    assert.deepEqual(body.facets.is_free, [{ value: false, count: 9 }, { value: true, count: 1 }]);
    assert.deepEqual(body.facets.level, [{ value: "advanced", count: 2 }]);
    const physicists = body.facets.category.find(({ slug }: Item) => slug === "c-Physics");
    assert.deepEqual(physicists, { id: physics!.id, name: "Physics", slug: "c-Physics", count: 2 });
    const dear = await list(shop, { facets: "true", category: "c-Physics", price_min: "50" });
    assert.deepEqual(dear.body.facets.level, [{ value: "advanced", count: 1 }]);
    assert.deepEqual(
      dear.body.facets.category.map(({ slug, count }: Item & { count: number }) => [slug, count]),
      [["c-Chemistry", 1], ["c-Matemáticas", 1], ["c-Physics", 1]],
    );
    const searched = await list(shop, { facets: "true", search: "algebra" });
    assert.deepEqual(searched.body.facets.language, [{ value: "en", count: 1 }]);
    assert.ok(!("facets" in (await list(shop, { search: "algebra" })).body));
  });
  await t.step(
    "a cursor walks through a whole ordering, whatever is added or removed meanwhile",
    async () => {
      for (
        const query of [
          { ordering: "newest" },
          { ordering: "price" },
          { ordering: "-price" },
          { ordering: "rating" },
          {
            ordering: "popularity",
          },
          { search: "derivadas integral límites cálculo" },
          { search: "a" },
        ] as Record<string, string>[]
      ) {
        const whole = slugsOf(await list(shop, query));
        const walked: string[] = [];
        let next: string | null = `/api/courses/courses/?${new URLSearchParams({
          ...query,
          page_size: "3",
          cursor: "",
        })}`;
        for (let pages = 0; next !== null && pages < 20; pages++) {
          const page = await shop.call("GET", next);
          assert.equal(page.status, 200, JSON.stringify(page.body));
          walked.push(...slugsOf(page));
          next = page.body.next?.replace(shop.api, "") ?? null;
          if (pages === 0) await sql`update courses set is_published = false where slug = ${walked[0]!}`;
        }
        await sql`update courses set is_published = true`;
        assert.deepEqual(walked, whole, JSON.stringify(query));
      }
    },
  );
  await t.step("a cursor of another list, or an invalid one, is a 400", async () => {
    const { body } = await list(shop, { ordering: "price", cursor: "", page_size: "1" });
    const cursor = new URL(body.next).searchParams.get("cursor")!;
    for (
      const query of [{ ordering: "newest", cursor }, { cursor: "x" }, { cursor: btoa('["newest","x","y"]') }]
    ) {
      const answer = await list(shop, query);
      assert.deepEqual([answer.status, Object.keys(answer.body.errors)], [400, ["cursor"]]);
    }
  });
});

shopTest("a search costs two statements, the caller's included", async (shop) => {
  await addSearchable(shop.sql);
  const { token } = await signUp(shop);
  shop.statements.length = 0;
  await shop.call("GET", "/api/courses/courses/?search=algebra&facets=true&highlight=true", { token });
  assert.equal(shop.statements.length, 2);
});
