import { type Rows, signedIn } from "./table.ts";

export const supportRows: Rows<"getSupportIdentity"> = {
  getSupportIdentity: {
    ask: () => ({ path: "/api/support/identity/" }),
    answers: signedIn(200),
  },
};
