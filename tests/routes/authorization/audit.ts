import { type Rows, signedIn } from "./table.ts";

const administrators = (status: number) => signedIn(403, { administrator: status });

export const auditRows: Rows<"listAuditLog"> = {
  listAuditLog: { ask: () => ({ path: "/api/auth/audit-log/" }), answers: administrators(200) },
};
