import { optional, type Rows, signedIn, type World } from "./table.ts";

const administrators = (status: number) => signedIn(403, { administrator: status });

async function university({ sql, next }: World): Promise<string> {
  const [row] = await sql<{ id: number }[]>`
    insert into universities (name, country, city) values (${`University ${next()}`}, 'Peru', 'Lima') returning id`;
  return `/api/core/universities/${row!.id}/`;
}

export const universitiesRows: Rows<
  | "listUniversities"
  | "getUniversity"
  | "createUniversity"
  | "updateUniversity"
  | "deleteUniversity"
> = {
  listUniversities: { ask: () => ({ path: "/api/core/universities/" }), answers: optional(200) },
  getUniversity: { ask: async (world) => ({ path: await university(world) }), answers: optional(200) },
  createUniversity: {
    ask: ({ next }) => ({
      path: "/api/core/universities/",
      body: { name: `University ${next()}`, country: "Peru", city: "Lima" },
    }),
    answers: administrators(201),
  },
  updateUniversity: {
    ask: async (world) => ({ path: await university(world), body: { city: "Cusco" } }),
    answers: administrators(200),
  },
  deleteUniversity: {
    ask: async (world) => ({ path: await university(world) }),
    answers: administrators(204),
  },
};
