import type { TestShop } from "./shop.ts";

/** The mails to an address, latest first, after the jobs have run. */
export async function mailsTo(shop: TestShop, address: string): Promise<{ subject: string; text: string }[]> {
  await shop.drainJobs();
  const response = await fetch(`${shop.sandbox.origin}/mailbox/api/messages?to=${address}`);
  return (await response.json()).messages;
}

/** The latest link with that path in the mails to an address. */
export async function linkTo(shop: TestShop, address: string, path: string): Promise<string> {
  for (const { text } of await mailsTo(shop, address)) {
    const link = text.match(/http\S+/g)?.find((url) => url.includes(path));
    if (link) return link;
  }
  throw new Error(`There is no ${path} in the mails to ${address}.`);
}
