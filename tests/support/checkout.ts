/** Fills in the sandbox's payment form and follows it as far as the redirect. */
export async function pay(
  checkoutUrl: string,
  form: { method?: string; number?: string; expiry?: string; cvc?: string; code?: string } = {},
): Promise<{ status: number; location: string | null; page: string }> {
  const fields = {
    email: "ada@example.com",
    method: "card",
    number: "4242 4242 4242 4242",
    expiry: "12/40",
    cvc: "123",
  };
  const response = await fetch(checkoutUrl, {
    method: "POST",
    body: new URLSearchParams({ ...fields, ...form }),
    redirect: "manual",
  });
  const location = response.headers.get("location");
  return { status: response.status, location, page: await response.text() };
}
