import {
  type Attributes,
  metrics,
  type Span,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { type Gauge, GAUGES, type MeasuredWork, type Observer } from "../../domain/operations/ports.ts";
import { timed } from "../timed.ts";

const tracer = trace.getTracer("shop");

// Deno makes a span of every request and every `fetch`, and writes the whole address to it, with the tokens of mailed
// links, search texts and vendors' secrets, and errors that quote it. Attributes cannot be removed from a span, so they
// are kept from being set, on the prototype that all spans have. `tests/processes/telemetry_test.ts` looks for leaks.
const spans = Object.getPrototypeOf(tracer.startSpan("prototype")) as Span;
const { setAttribute, setStatus } = spans;
const WITHHELD = /^url\.(full|path|query)$|^exception\.(message|stacktrace)$/;
spans.setAttribute = function (name, value) {
  return WITHHELD.test(name) ? this : setAttribute.call(this, name, value);
};
spans.setAttributes = function (attributes: Attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) this.setAttribute(name, value);
  }
  return this;
};
spans.setStatus = function ({ code }: SpanStatus) {
  return setStatus.call(this, { code });
};
spans.recordException = () => {};

/** Returns the ids of the current span, for lines of the log. */
export function traceIds(): { traceId?: string; spanId?: string } {
  const span = trace.getActiveSpan();
  if (!span) return {};
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId };
}

/**
 * Returns an observer that names the span of a request by its operation, makes spans of calls to vendors and of jobs,
 * and exports durations and gauges. Attributes are names and ids of ours, never what a request said.
 */
export function telemetryObserver(readGauges: () => Promise<Gauge[]>): Observer {
  const meter = metrics.getMeter("shop");
  const histogram = (name: string, description: string) =>
    meter.createHistogram(`shop.${name}.duration`, { unit: "s", description });
  const requests = histogram("request", "Time to respond, by operation of the contract.");
  const durations = {
    vendor_call: histogram("vendor_call", "Time of calls to vendors, by vendor and outcome."),
    job: histogram("job", "Time of attempts of jobs, by kind and outcome."),
  };
  exportGauges(readGauges);

  return {
    responded({ operation, method, path, status, seconds }) {
      const span = trace.getActiveSpan();
      if (span) {
        span.updateName(`${method} ${path}`);
        span.setAttribute("http.route", path);
        if (operation) span.setAttribute("shop.operation", operation);
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      }
      requests.record(seconds, { operation: operation ?? "other", status: `${Math.floor(status / 100)}xx` });
    },

    during(work, perform, outcomeOf) {
      const { name, kind, attributes } = described(work);
      return tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
        try {
          return await timed(perform, (outcome, seconds) => {
            span.setAttribute("outcome", outcome);
            if (outcome === "failed" || outcome === "unavailable") {
              span.setStatus({ code: SpanStatusCode.ERROR });
            }
            const by = work.type === "job" ? { kind: work.kind } : { vendor: work.vendor };
            durations[work.type].record(seconds, { ...by, outcome });
          }, outcomeOf);
        } finally {
          span.end();
        }
      });
    },
  };
}

function described(work: MeasuredWork) {
  return work.type === "job"
    ? { name: `job ${work.kind}`, kind: SpanKind.CONSUMER, attributes: { kind: work.kind } }
    : {
      name: `${work.vendor} ${work.operation}`,
      kind: SpanKind.INTERNAL, // the requests that it makes are spans of their own
      attributes: { vendor: work.vendor, operation: work.operation },
    };
}

/** Exports all gauges as often as metrics are exported. While the database cannot be read there are none. */
function exportGauges(readGauges: () => Promise<Gauge[]>): void {
  const meter = metrics.getMeter("shop");
  const instruments = new Map(
    Object.entries(GAUGES).map(([name, description]) => [
      name,
      meter.createObservableGauge(`shop.${name}`, { description }),
    ]),
  );
  meter.addBatchObservableCallback(async (result) => {
    const gauges = await readGauges().catch(() => []);
    for (const { name, labels, value } of gauges) result.observe(instruments.get(name)!, value, labels);
  }, [...instruments.values()]);
}
