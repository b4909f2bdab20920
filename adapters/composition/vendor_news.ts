import { reportedSaleOf } from "../../domain/analytics/measure.ts";
import type { Job } from "../../domain/jobs.ts";
import { supportNewsOf } from "../../domain/support/tell_support.ts";
import type { EnqueueInTransaction } from "../postgres/transaction.ts";

type VendorsOn = { support: boolean; analytics: boolean };

/** The jobs of each vendor that may be off. */
const JOBS: Record<keyof VendorsOn, Job["kind"][]> = {
  support: ["save_support_contact", "remove_support_contact", "tell_support"],
  analytics: ["report_sale", "report_completion", "send_hit"],
};

/**
 * Adds, to the jobs of a transaction, those by which vendors hear of what students are told, and leaves out the jobs of
 * vendors that are off.
 */
export function withVendorNews(enqueue: EnqueueInTransaction, isOn: VendorsOn): EnqueueInTransaction {
  const off = Object.entries(JOBS).flatMap(([vendor, kinds]) => isOn[vendor as keyof VendorsOn] ? [] : kinds);
  return async (tx, ...jobs) => {
    const told = jobs.flatMap((job) => job.kind === "send_notice" ? newsOf(job.notice) : []);
    await enqueue(tx, ...[...jobs, ...told].filter(({ kind }) => !off.includes(kind)));
  };
}

function newsOf(notice: Extract<Job, { kind: "send_notice" }>["notice"]): Job[] {
  const news = supportNewsOf(notice);
  const of = reportedSaleOf(notice);
  return [
    ...(news ? [{ kind: "tell_support" as const, news }] : []),
    ...(of ? [{ kind: "report_sale" as const, of }] : []),
  ];
}
