import assert from "node:assert/strict";
import { readConfig } from "../../adapters/config/read_config.ts";
import { ConfigError } from "../../adapters/config/variables.ts";
import { KEYS } from "../support/environment.ts";

const COMPLETE = {
  ...KEYS,
  APP_ENV: "production",
  DATABASE_URL: "postgres://shop:secret-word@db.example.com/shop",
  FRONTEND_URL: "https://11-tutors.com/",
  CORS_ALLOWED_ORIGINS: "https://11-tutors.com, https://www.11-tutors.com",
  STRIPE_SECRET_KEY: "sk_live_x",
  R2_ENDPOINT_URL: "https://account.r2.cloudflarestorage.com",
};

Deno.test("readConfig defaults to the vendors' own URLs", () => {
  const config = readConfig(COMPLETE);
  assert.equal(config.stripe.apiUrl, "https://api.stripe.com");
  assert.equal(config.video.apiUrl, "https://dev.vdocipher.com/api");
  assert.deepEqual(config.email, {
    transport: "smtp",
    host: "smtp.gmail.com",
    port: 587,
    user: "shop@example.com",
    password: "mail",
    caCertificate: null,
    from: "shop@example.com",
    shopName: "11Tutors",
  });
  assert.deepEqual(
    config.mail.limits,
    { perDay: 500, bulkPerMinute: 120 },
    "Gmail's, for a personal account",
  );
  assert.equal(config.port, 8000);
  assert.equal(config.frontendUrl, "https://11-tutors.com");
  assert.deepEqual(config.corsOrigins, ["https://11-tutors.com", "https://www.11-tutors.com"]);
});

Deno.test("readConfig names every variable at fault in one line, without a value", () => {
  const env = {
    ...COMPLETE,
    DATABASE_URL: "secret-word",
    JWT_SECRET: "short",
    STRIPE_SECRET_KEY: "",
    PORT: "eighty",
  };
  assert.throws(() => readConfig(env), (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    for (const name of ["DATABASE_URL", "JWT_SECRET", "STRIPE_SECRET_KEY", "PORT"]) {
      assert.ok(error.message.includes(name), name);
    }
    assert.ok(!/secret-word|short|eighty|\n/.test(error.message));
    return true;
  });
});

for (
  const [what, name, value] of [
    ["a secret that is one character over and over", "JWT_SECRET", "a".repeat(40)],
    ["a former secret of few characters", "JWT_SECRET_PREVIOUS", "abc".repeat(20)],
    ["a frontend without encryption", "FRONTEND_URL", "http://11-tutors.com"],
  ] as const
) {
  Deno.test(`readConfig refuses ${what} in production`, () => {
    assert.throws(() => readConfig({ ...COMPLETE, [name]: value }), new RegExp(`${name} must be`));
  });
}

Deno.test("readConfig refuses a malformed DSN, and telemetry whose collector could hold up a stop", () => {
  for (
    const dsn of [
      "sentry",
      "https://sentry.example/1",
      "https://my-key@sentry.example/1",
      "https://k@s.example/x",
    ]
  ) {
    assert.throws(() => readConfig({ ...COMPLETE, SENTRY_DSN: dsn }), /SENTRY_DSN must be a DSN/);
  }
  const { sentry } = readConfig({
    ...COMPLETE,
    SENTRY_DSN: "https://k@s.example/1",
    DENO_DEPLOYMENT_ID: "d1",
  });
  assert.deepEqual([sentry?.environment, sentry?.release], ["production", "d1"]);
  const TIMEOUT = "OTEL_EXPORTER_OTLP_TIMEOUT";
  assert.throws(() => readConfig({ ...COMPLETE, OTEL_DENO: "true" }), new RegExp(`${TIMEOUT} is missing`));
  assert.throws(
    () => readConfig({ ...COMPLETE, OTEL_DENO: "true", [TIMEOUT]: "10000" }),
    new RegExp(`${TIMEOUT} must`),
  );
  readConfig({ ...COMPLETE, OTEL_DENO: "true", [TIMEOUT]: "1000" });
  readConfig({ ...COMPLETE, OTEL_DENO: "true", DENO_DEPLOY: "true" });
});

Deno.test("readConfig accepts a frontend without https on localhost, and any outside production", () => {
  assert.equal(readConfig({ ...COMPLETE, FRONTEND_URL: "http://localhost:3000" }).environment, "production");
  const test = { ...COMPLETE, APP_ENV: "test", FRONTEND_URL: "http://shop.example" };
  assert.equal(readConfig(test).frontendUrl, "http://shop.example");
});

Deno.test("readConfig treats an environment without APP_ENV as production, where nothing may be missing", () => {
  assert.equal(readConfig({ ...COMPLETE, APP_ENV: undefined }).environment, "production");
  for (
    const name of Object.keys(COMPLETE).filter((key) => key !== "APP_ENV" && key !== "CORS_ALLOWED_ORIGINS")
  ) {
    assert.throws(() => readConfig({ ...COMPLETE, [name]: undefined }), new RegExp(`${name} is missing`));
  }
});

Deno.test("readConfig allows the frontend's own origin if no origins are given", () => {
  assert.deepEqual(readConfig({ ...COMPLETE, CORS_ALLOWED_ORIGINS: "" }).corsOrigins, [
    "https://11-tutors.com",
  ]);
});

Deno.test("readConfig names the missing half of a vendor's pair of variables, and takes none for a vendor that is off", () => {
  const { analytics, support } = readConfig(COMPLETE);
  assert.deepEqual([analytics, support], [null, { messenger: null, desk: null }]);
  const pairs = [["GA_MEASUREMENT_ID", "GA_API_SECRET"], ["INTERCOM_APP_ID", "INTERCOM_IDENTITY_SECRET"]];
  for (const [one, other] of [...pairs, ...pairs.map((pair) => pair.toReversed())]) {
    assert.throws(
      () => readConfig({ ...COMPLETE, [one!]: "G-1" }),
      new RegExp(`^ConfigError: Configuration: ${other} is missing\\.$`),
    );
  }
  assert.throws(
    () => readConfig({ ...COMPLETE, GA_MEASUREMENT_ID: "UA-1-1", GA_API_SECRET: "hush" }),
    /GA_MEASUREMENT_ID must be G- and letters or digits\.$/,
  );
  const desk = { accessToken: "t", apiUrl: "https://api.intercom.io" };
  assert.deepEqual(readConfig({ ...COMPLETE, INTERCOM_ACCESS_TOKEN: "t" }).support, {
    messenger: null,
    desk,
  });
});

Deno.test("readConfig requires what the chosen mail transport needs, and no more", () => {
  const { EMAIL_HOST_USER: _user, EMAIL_HOST_PASSWORD: _password, ...rest } = COMPLETE;
  const read = (env: Record<string, string>) => readConfig({ ...rest, ...env });
  assert.throws(
    () => read({ EMAIL_TRANSPORT: "sendgrid" }),
    /SENDGRID_API_KEY is missing; EMAIL_FROM is missing/,
  );
  assert.throws(
    () => read({ EMAIL_TRANSPORT: "mailgun", EMAIL_FROM: "nobody" }),
    /MAILGUN_API_KEY is missing; MAILGUN_DOMAIN is missing; EMAIL_FROM must be an e-mail address/,
  );
  assert.throws(
    () => read({ EMAIL_TRANSPORT: "pigeon" }),
    /EMAIL_TRANSPORT must be smtp, sendgrid, mailgun or console/,
  );
  assert.throws(
    () => read({ EMAIL_HOST_USER: "AKIA", EMAIL_HOST_PASSWORD: "x" }),
    /EMAIL_FROM must be an e-mail address, for EMAIL_HOST_USER is none/,
  );
  assert.throws(
    () => readConfig({ ...COMPLETE, SHOP_COLOUR: "red", EMAIL_DAILY_LIMIT: "-1", OPERATOR_EMAIL: "me" }),
    /SHOP_COLOUR must be a colour such as #4338ca; OPERATOR_EMAIL must be .*; EMAIL_DAILY_LIMIT must be a number above 0/,
  );
  const sendgrid = read({
    EMAIL_TRANSPORT: "sendgrid",
    SENDGRID_API_KEY: "SG.x",
    EMAIL_FROM: "shop@example.com",
    EMAIL_BULK_PER_MINUTE: "none",
  });
  assert.deepEqual([sendgrid.email.transport, sendgrid.email.from], ["sendgrid", "shop@example.com"]);
  assert.deepEqual(sendgrid.mail.limits, { perDay: null, bulkPerMinute: null });
  assert.equal(read({ EMAIL_TRANSPORT: "console" }).email.from, "shop@localhost");
});

Deno.test("readConfig reads limits, proxies and a previous secret, and names malformed ones", () => {
  const config = readConfig({
    ...COMPLETE,
    RATE_LIMITS: "sign_in_of_account=3/60, register_of_address=5/10",
    TRUSTED_PROXY: "2",
    REDIS_URL: "redis://cache:6379",
    JWT_SECRET_PREVIOUS: "fedcba9876543210fedcba9876543210",
  });
  assert.deepEqual(config.limits.sign_in_of_account, { tries: 3, seconds: 60 });
  assert.deepEqual(config.limits.register_of_address, { tries: 5, seconds: 10 });
  assert.deepEqual([config.trustedProxies, config.redisUrl, config.jwtSecrets.length], [
    2,
    "redis://cache:6379",
    2,
  ]);
  const wrong = {
    RATE_LIMITS: "sign_in=3",
    TRUSTED_PROXY: "all",
    REDIS_URL: "cache",
    JWT_SECRET_PREVIOUS: "x",
  };
  for (const [name, value] of Object.entries(wrong)) {
    assert.throws(() => readConfig({ ...COMPLETE, [name]: value }), new RegExp(name));
  }
});

Deno.test("readConfig relaxes limits per IP address outside production, but not those per account", () => {
  const [production, test] = ["production", "test"].map((APP_ENV) =>
    readConfig({ ...COMPLETE, APP_ENV }).limits
  );
  assert.ok(test!.sign_in_of_address.tries >= 1000 * production!.sign_in_of_address.tries);
  assert.deepEqual(test!.sign_in_of_account, production!.sign_in_of_account);
});

Deno.test("a branch or preview of Deno Deploy refuses to charge: a live key is for the production timeline only", () => {
  const live = { ...COMPLETE, STRIPE_SECRET_KEY: "sk_live_x" };
  for (const timeline of ["git-branch/try", "preview/abc"]) {
    assert.throws(
      () => readConfig({ ...live, DENO_TIMELINE: timeline }),
      (error: Error) =>
        error.message.includes(`must be a test key on the timeline ${timeline}`) &&
        !error.message.includes("sk_live"),
    );
    readConfig({ ...live, STRIPE_SECRET_KEY: "sk_test_x", DENO_TIMELINE: timeline });
  }
  readConfig({ ...live, DENO_TIMELINE: "production" });
});

Deno.test("Elasticsearch is off until it is configured, and then needs its address and its key", () => {
  assert.equal(readConfig(COMPLETE).elasticsearch, null);
  const url = { ELASTICSEARCH_URL: "https://search.example.com/" };
  const key = { ELASTICSEARCH_API_KEY: "key" };
  assert.deepEqual(readConfig({ ...COMPLETE, ...url, ...key }).elasticsearch, {
    url: "https://search.example.com",
    apiKey: "key",
    index: "courses",
  });
  assert.throws(() => readConfig({ ...COMPLETE, ...url }), /ELASTICSEARCH_API_KEY is missing/);
  assert.throws(() => readConfig({ ...COMPLETE, ...key }), /ELASTICSEARCH_URL is missing/);
  assert.throws(
    () => readConfig({ ...COMPLETE, ...url, ...key, ELASTICSEARCH_INDEX: "Courses*" }),
    /ELASTICSEARCH_INDEX must be/,
  );
});

const TWILIO = {
  TWILIO_ACCOUNT_SID: `AC${"a".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "twilio-secret",
  TWILIO_FROM: "+4915123456789",
  SMS_COUNTRIES: "de, us",
  PUBLIC_URL: "https://api.example.com",
};

Deno.test("readConfig switches SMS on with Twilio's variables, and off without", () => {
  const none = readConfig({ ...COMPLETE, SMS_COUNTRIES: "DE", TWILIO_AUTH_TOKEN_PREVIOUS: "x" });
  assert.deepEqual([none.sms, none.alerts], [null, { smsTo: null, webhookUrl: null }]);
  const { sms, alerts } = readConfig({
    ...COMPLETE,
    ...TWILIO,
    TWILIO_AUTH_TOKEN_PREVIOUS: "former",
    SMS_DAILY_LIMIT: "none",
    ALERT_SMS_TO: "+12025550123",
    ALERT_WEBHOOK_URL: "https://hooks.slack.com/services/T/B/secret",
  });
  assert.deepEqual(sms, {
    countries: ["DE", "US"],
    perDay: null,
    twilio: {
      accountSid: TWILIO.TWILIO_ACCOUNT_SID,
      authToken: "twilio-secret",
      previousAuthToken: "former",
      sender: { from: "+4915123456789" },
      apiUrl: "https://api.twilio.com",
    },
  });
  assert.deepEqual(alerts, {
    smsTo: "+12025550123",
    webhookUrl: "https://hooks.slack.com/services/T/B/secret",
  });
  const service = `MG${"b".repeat(32)}`;
  const pooled = readConfig({
    ...COMPLETE,
    ...TWILIO,
    TWILIO_FROM: "",
    TWILIO_MESSAGING_SERVICE_SID: service,
  });
  assert.deepEqual(pooled.sms!.twilio.sender, { messagingServiceSid: service });
  assert.equal(pooled.sms!.perDay, 500);
});

for (
  const [what, change, expected] of [
    ["an account alone", { TWILIO_AUTH_TOKEN: "", TWILIO_FROM: "" }, /TWILIO_AUTH_TOKEN is missing/],
    ["a token alone", { TWILIO_ACCOUNT_SID: "", TWILIO_FROM: "" }, /TWILIO_ACCOUNT_SID is missing/],
    [
      "no sender",
      { TWILIO_FROM: "" },
      /TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM must be set, and not both/,
    ],
    [
      "two senders",
      { TWILIO_MESSAGING_SERVICE_SID: `MG${"b".repeat(32)}` },
      /TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM must be set, and not both/,
    ],
    ["a malformed account", { TWILIO_ACCOUNT_SID: "twilio-secret" }, /TWILIO_ACCOUNT_SID must be AC and 32/],
    ["a malformed sender", { TWILIO_FROM: "0151 1234" }, /TWILIO_FROM must be a telephone number/],
    ["no countries", { SMS_COUNTRIES: "" }, /SMS_COUNTRIES must list the countries/],
    ["countries by name", { SMS_COUNTRIES: "Germany" }, /SMS_COUNTRIES must list the countries/],
    ["a malformed limit", { SMS_DAILY_LIMIT: "many" }, /SMS_DAILY_LIMIT must be a number above 0/],
    ["no URL for reports", { PUBLIC_URL: "" }, /PUBLIC_URL is missing, and Twilio reports to it/],
    ["a national number", { ALERT_SMS_TO: "015112345678" }, /ALERT_SMS_TO must be a telephone number/],
    [
      "a webhook without TLS",
      { ALERT_WEBHOOK_URL: "http://hooks.example/twilio-secret" },
      /ALERT_WEBHOOK_URL must be an https URL/,
    ],
  ] as const
) {
  Deno.test(`readConfig names ${what} for SMS and alerts, without a value`, () => {
    assert.throws(() => readConfig({ ...COMPLETE, ...TWILIO, ...change }), (error: Error) => {
      assert.match(error.message, expected);
      return !error.message.includes("twilio-secret");
    });
  });
}

Deno.test("readConfig refuses a number for alerts without Twilio", () => {
  assert.throws(() => readConfig({ ...COMPLETE, ALERT_SMS_TO: "+12025550123" }), /ALERT_SMS_TO needs Twilio/);
});
