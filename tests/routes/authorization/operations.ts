import { anyone, type Rows } from "./table.ts";

export const operationsRows: Rows<
  | "getHealth"
  | "getReady"
> = {
  getHealth: { ask: () => ({ path: "/health" }), answers: anyone(200) },
  getReady: { ask: () => ({ path: "/ready" }), answers: anyone(200) },
};
