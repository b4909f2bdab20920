import { lazily } from "../../domain/lazily.ts";
import { type Gauge, GAUGES, type Observer } from "../../domain/operations/ports.ts";
import { timed } from "../timed.ts";

/** What this process counts and measures itself, by name. */
export const MEASURED = {
  requests_total: "Responses of this process, by operation of the contract and class of status.",
  request_duration_seconds: "Time from a request's arrival to its response, by operation of the contract.",
  vendor_call_duration_seconds: "Time that calls to vendors took, retries included, by vendor and outcome.",
  job_duration_seconds: "Time that attempts of jobs took, by kind and outcome.",
} as const;

/** The upper bounds of the buckets of all durations, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The operation of requests for paths outside the contract. */
const NO_OPERATION = "other";

/**
 * Returns metrics in Prometheus' text format, and the observer that feeds them. Labels come from the contract, the code
 * and the schema, never from a request, so their number is bounded. The library is loaded with the first response,
 * because it takes a fifth of a server's start.
 */
export function prometheusMetrics(
  readGauges: () => Promise<Gauge[]>,
): Observer & { exposition(): Promise<string> } {
  const open = lazily(async () => {
    const { Counter, Histogram, Registry } = await import("prom-client");
    const registry = new Registry();
    const registers = [registry];
    const histogram = <Label extends string>(name: keyof typeof MEASURED, labelNames: Label[]) =>
      new Histogram({ name: `shop_${name}`, help: MEASURED[name], labelNames, buckets: BUCKETS, registers });
    return {
      registry,
      requests: new Counter({
        name: "shop_requests_total",
        help: MEASURED.requests_total,
        labelNames: ["operation", "status"],
        registers,
      }),
      responses: histogram("request_duration_seconds", ["operation"]),
      calls: histogram("vendor_call_duration_seconds", ["vendor", "outcome"]),
      jobs: histogram("job_duration_seconds", ["kind", "outcome"]),
    };
  });
  type Open = Awaited<ReturnType<typeof open>>;
  /** A library that cannot be loaded fails where metrics are asked for. */
  const note = (write: (metrics: Open) => void) => void open().then(write, () => {});

  return {
    responded({ operation, status, seconds }) {
      note(({ requests, responses }) => {
        const labels = { operation: operation ?? NO_OPERATION };
        requests.inc({ ...labels, status: `${Math.floor(status / 100)}xx` });
        responses.observe(labels, seconds);
      });
    },

    during(work, perform, outcomeOf) {
      return timed(
        perform,
        (outcome, seconds) =>
          note(({ calls, jobs }) =>
            work.type === "job"
              ? jobs.observe({ kind: work.kind, outcome }, seconds)
              : calls.observe({ vendor: work.vendor, outcome }, seconds)
          ),
        outcomeOf,
      );
    },

    async exposition() {
      const [{ registry }, gauges] = await Promise.all([open(), readGauges()]);
      return await registry.metrics() + await written(gauges);
    },
  };
}

async function written(gauges: Gauge[]): Promise<string> {
  const { Gauge, Registry } = await import("prom-client");
  const registry = new Registry();
  for (const [name, samples] of Map.groupBy(gauges, ({ name }) => name)) {
    const labelNames = Object.keys(samples[0]!.labels);
    const gauge = new Gauge({
      name: `shop_${name}`,
      help: GAUGES[name],
      labelNames,
      registers: [registry],
    });
    for (const { labels, value } of samples) gauge.set(labels, value);
  }
  return await registry.metrics();
}
