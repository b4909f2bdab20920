// How well search finds what people mean: typed queries, and the course that each is about.
import assert from "node:assert/strict";
import { postgresCourseSearch } from "../../../../adapters/postgres/catalog/course_search.ts";
import { elasticsearchCourseSearch } from "../../../../adapters/elasticsearch/course_search.ts";
import { postgresCatalog } from "../../../../adapters/postgres/catalog/catalog.ts";
import type { Database } from "../../../../adapters/postgres/queries.ts";
import type { CourseSearch } from "../../../../domain/catalog/ports.ts";
import { rebuilt, testEngine } from "../../../support/search_engines.ts";
import { addSearchable } from "../../../support/searchable_courses.ts";
import { databaseTest } from "../../../support/test_database.ts";
import { withSandbox } from "../../../support/with_sandbox.ts";

type Kind = "exact" | "inflected" | "prefix" | "typo" | "accents" | "tutor" | "lesson" | "category";

const LABELLED: [kind: Kind, typed: string, meant: string][] = [
  ["exact", "linear algebra", "linear-algebra"],
  ["exact", "Quantum Mechanics", "quantum"],
  ["exact", "sql", "databases"],
  ["exact", "теория вероятностей", "veroyatnost"],
  ["exact", "química general", "quimica"],
  ["inflected", "engineering vectors", "linear-algebra"],
  ["inflected", "limit and integral", "calculus"],
  ["inflected", "learning machines", "machine-learning"],
  ["inflected", "economics of market choices", "microeconomics"],
  ["inflected", "линейной алгебре", "lineynaya-algebra"],
  ["inflected", "интегралы и производная", "matanaliz"],
  ["inflected", "алгоритм для начинающего", "programmirovanie"],
  ["inflected", "integrales y derivada", "calculo"],
  ["inflected", "reacción y enlace", "quimica"],
  ["inflected", "programar en java", "programacion"],
  ["prefix", "quan", "quantum"],
  ["prefix", "machine lea", "machine-learning"],
  ["prefix", "stat", "statistics"],
  ["prefix", "линей", "lineynaya-algebra"],
  ["prefix", "электр", "fizika"],
  ["prefix", "основы прог", "programmirovanie"],
  ["prefix", "hist", "historia"],
  ["prefix", "cálculo dif", "calculo"],
  ["typo", "calclus", "calculus"],
  ["typo", "quantm mechanics", "quantum"],
  ["typo", "pyton", "python"],
  ["typo", "statitics", "statistics"],
  ["typo", "machne lerning", "machine-learning"],
  ["typo", "databses", "databases"],
  ["typo", "orgnic chemstry", "organic"],
  ["typo", "вероятностть", "veroyatnost"],
  ["typo", "праграммирование", "programmirovanie"],
  ["typo", "елетричество", "fizika"],
  ["typo", "progrmacion java", "programacion"],
  ["typo", "ecnomia", "economia"],
  ["typo", "qimica", "quimica"],
  ["typo", "linaer algerba", "linear-algebra"],
  ["typo", "kuantum", "quantum"],
  ["typo", "phyton", "python"],
  ["typo", "mashine", "machine-learning"],
  ["typo", "neurla netwroks", "machine-learning"],
  ["typo", "postgers", "databases"],
  ["typo", "матиматический анализ", "matanaliz"],
  ["typo", "физка", "fizika"],
  ["typo", "саколова линейная", "lineynaya-algebra"],
  ["typo", "hitsoria de espana", "historia"],
  ["typo", "deribadas", "calculo"],
  ["accents", "calculo", "calculo"],
  ["accents", "quimica", "quimica"],
  ["accents", "economia principiantes", "economia"],
  ["accents", "schrodinger", "quantum"],
  ["tutor", "Amelie Laurent", "linear-algebra"],
  ["tutor", "grace ueda", "organic"],
  ["tutor", "кузнецова", "programmirovanie"],
  ["tutor", "lucia moreno", "calculo"],
  ["tutor", "елкин вероятность", "veroyatnost"],
  ["lesson", "eigenvalues bridge", "linear-algebra"],
  ["lesson", "double slit", "quantum"],
  ["lesson", "isolation levels", "databases"],
  ["lesson", "уравнения максвелла", "fizika"],
  ["lesson", "tabla periodica", "quimica"],
  ["category", "chemistry", "organic"],
  ["category", "computer science sql", "databases"],
  ["category", "информатика", "programmirovanie"],
];

/** Says how well a search finds what is meant, and asserts that it is well enough. */
async function judge(sql: Database, search: CourseSearch): Promise<void> {
  const rows = await sql<{ id: string; slug: string }[]>`select id, slug from courses`;
  const slugs = new Map(rows.map(({ id, slug }) => [id, slug]));
  const ranks: { kind: Kind; typed: string; rank: number; first: string | undefined }[] = [];
  for (const [kind, typed, meant] of LABELLED) {
    const { hits } = await search.find({
      search: typed,
      filter: {},
      ordering: "relevance",
      limit: 10,
      start: { offset: 0 },
      wantsHighlights: false,
      wantsFacets: false,
    });
    const found = hits.map(({ id }) => slugs.get(id)!);
    ranks.push({ kind, typed, rank: found.indexOf(meant) + 1, first: found[0] });
  }
  const share = (among: typeof ranks, isGood: (rank: number) => boolean) =>
    among.filter(({ rank }) => isGood(rank)).length / among.length;
  const first = share(ranks, (rank) => rank === 1);
  const amongThree = share(ranks, (rank) => rank >= 1 && rank <= 3);
  const missed = ranks.filter(({ rank }) => rank !== 1).map(({ kind, typed, rank, first }) =>
    `${kind} "${typed}": place ${rank || "none"}, after ${first}`
  );
  const figures = `${ranks.length} queries: ${(first * 100).toFixed(0)} % first, ${
    (amongThree * 100).toFixed(0)
  } % among the first three. ${missed.join("; ")}`;
  assert.ok(first >= 0.9, figures);
  assert.ok(amongThree >= 0.97, figures);
}

databaseTest(
  "search finds what people mean, in three languages, by prefixes and with typos",
  async ({ sql }) => {
    await addSearchable(sql);
    await judge(sql, postgresCourseSearch(sql));
  },
);

databaseTest("so does Elasticsearch", async ({ sql }) => {
  await addSearchable(sql);
  await withSandbox(async (sandbox) => {
    const engine = testEngine(sandbox);
    await rebuilt(sql, engine.searchEngine);
    await engine.refresh();
    const search = elasticsearchCourseSearch(engine.connection, engine.searchEngine.name, {
      catalog: postgresCatalog(sql),
      timeoutMs: 5000,
    });
    await judge(sql, search);
    await engine.stop();
  });
}, { isUntidy: true });
