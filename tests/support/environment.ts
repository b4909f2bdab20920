/** What the servers of the tests sign their tokens with. */
export const TOKEN_SECRET = "a secret of the tests that is long enough";

/** Every secret and name that a server asks for, and no address. */
export const KEYS = {
  JWT_SECRET: TOKEN_SECRET,
  STRIPE_SECRET_KEY: "sk_test_sandbox",
  STRIPE_WEBHOOK_SECRET: "whsec_sandbox",
  VIDEO_SERVICE_SECRET_KEY: "video",
  R2_ACCESS_KEY_ID: "id",
  R2_SECRET_ACCESS_KEY: "key",
  R2_BUCKET_NAME: "bucket",
  EMAIL_HOST_USER: "shop@example.com",
  EMAIL_HOST_PASSWORD: "mail",
};

const NOWHERE = "http://127.0.0.1:9";

/** The addresses of all vendors, where nobody is. */
export const NO_VENDORS = {
  STRIPE_API_URL: NOWHERE,
  VIDEO_SERVICE_URL: NOWHERE,
  R2_ENDPOINT_URL: NOWHERE,
  EMAIL_HOST: "127.0.0.1",
  EMAIL_PORT: "9",
};

/** The environment of a server of the tests at this port; the vendors are wherever `vendors` says. */
export function serverEnvironment(
  { port, databaseUrl }: { port: number; databaseUrl: string },
  vendors: Record<string, string> = NO_VENDORS,
): Record<string, string> {
  return {
    ...KEYS,
    ...vendors,
    // Alerts go by mail, unless a test wants the other channels.
    ALERT_SMS_TO: "",
    ALERT_WEBHOOK_URL: "",
    APP_ENV: "test",
    PORT: String(port),
    FRONTEND_URL: "http://localhost:3000",
    DATABASE_URL: databaseUrl,
  };
}
