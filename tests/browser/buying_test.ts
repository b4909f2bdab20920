import assert from "node:assert/strict";
import { type Browser, chromium, type Page } from "playwright-core";
import { operations } from "../support/operations.ts";
import { addCourse, shopTest, signUp, until } from "../support/shop.ts";

const CHROMIUM = "/usr/bin/chromium";
const isInstalled = await Deno.stat(CHROMIUM).then(() => true, () => false);
if (!isInstalled) console.log("Not tested in a browser: install Debian's chromium for that.");

async function withBrowser(run: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    await run(browser);
  } finally {
    await browser.close();
  }
}

/** A phone's page in the dark; the frontend, which does not run here, shows what it is asked for. */
async function phone(browser: Browser): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 375, height: 700 },
    isMobile: true,
    colorScheme: "dark",
  });
  await context.route(
    "http://localhost:3000/**",
    (route) => route.fulfill({ contentType: "text/html", body: "<h1>The frontend</h1>" }),
  );
  return await context.newPage();
}

/** Nothing sticks out to the right, and the ground is dark. */
async function assertReadable(page: Page): Promise<void> {
  await page.waitForLoadState();
  const { overflow, ground } = await page.evaluate<{ overflow: number; ground: string }>(`({
    overflow: document.documentElement.scrollWidth - innerWidth,
    ground: getComputedStyle(document.body).backgroundColor,
  })`);
  assert.ok(overflow <= 0, `${page.url()} is ${overflow} px too wide`);
  const [red, , , opacity = 1] = ground.match(/[\d.]+/g)!.map(Number);
  assert.ok(red! < 80 && opacity === 1, `${page.url()} is not dark: ${ground}`);
}

if (isInstalled) {
  shopTest(
    "on a phone: the mailed link verifies, the payment page refuses and accepts cards, the lesson plays",
    async (shop) => {
      const course = await addCourse(shop.sql);
      const { token } = await signUp(shop);
      await shop.drainJobs();
      const { body: checkout } = await shop.call("POST", "/api/payments/payments/", {
        token,
        body: { course_id: course.id },
      });
      await withBrowser(async (browser) => {
        const page = await phone(browser);
        await page.goto(`${shop.sandbox.origin}/mailbox`);
        await assertReadable(page);
        await page.getByRole("link", { name: /Verify your e-mail address/ }).click();
        await assertReadable(page);
        await page.frameLocator("iframe").getByRole("link", { name: "Verify my address" }).click();
        await page.getByRole("button", { name: "Verify my address" }).waitFor();
        await assertReadable(page);
        await page.getByRole("button", { name: "Verify my address" }).click();
        await page.getByRole("heading", { name: "Your address is verified" }).waitFor();
        await assertReadable(page);

        await page.goto(checkout.checkout_url);
        await assertReadable(page);
        assert.equal(await page.getByLabel("E-mail").inputValue(), "ada@example.com");
        const fillIn = async (number: string) => {
          await page.getByLabel("Card number").fill(number);
          await page.getByLabel("Expiry").fill("12/40");
          await page.getByLabel("CVC").fill("123");
          await page.getByRole("button", { name: "Pay $49.00" }).click();
        };
        await fillIn("4000 0000 0000 0002");
        assert.equal(await page.getByRole("alert").textContent(), "Your card was declined.");
        await fillIn("4242 4242 4242 4242");
        await page.waitForURL(
          /^http:\/\/localhost:3000\/dashboard\/payment-success\?course-slug=linear-algebra&session_id=cs_test_/,
        );

        const { body: lesson } = await shop.call("GET", `/api/courses/lessons/${course.lesson}/`, { token });
        await page.goto(
          `${shop.sandbox.origin}/vdocipher/player?otp=${lesson.otp}&playbackInfo=${lesson.playbackInfo}`,
        );
        await page.getByRole("img", { name: "A video plays" }).waitFor();
        await assertReadable(page);
      });
    },
    { on: ["pglite"] },
  );

  shopTest("Swagger UI shows every operation, and tries one", async (shop) => {
    await withBrowser(async (browser) => {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => void errors.push(error.message));
      await page.goto(`${shop.api}/docs`);
      await page.locator("#operations-accounts-createToken").waitFor();
      // Of a long list only what is in sight is in the page, so one reads it from top to bottom.
      const seen = new Set<string>();
      await until(async () => {
        const blocks = await page.locator(".opblock").evaluateAll((all) => all.map(({ id }) => id));
        // Beside them are the webhooks, which the shop sends.
        for (const id of blocks) if (id.split("-").at(-1)! in operations) seen.add(id);
        await page.mouse.wheel(0, 400);
        return seen.size === Object.keys(operations).length;
      });
      await page.locator("#operations-health-getHealth .opblock-summary-control").click();
      await page.getByRole("button", { name: "Execute" }).click();
      await page.locator(".live-responses-table .response-col_status", { hasText: "200" }).waitFor();
      assert.deepEqual(errors, []);
    });
  }, { on: ["pglite"] });
}
