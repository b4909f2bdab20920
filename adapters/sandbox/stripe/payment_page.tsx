import { Page } from "../page.tsx";
import type { FormError } from "./cards.ts";
import type { LineItem, Session } from "./objects.ts";

export type PaymentForm = { email: string; method: string; error: FormError | null };

const TEST_CARDS = [
  ["4242 4242 4242 4242", "pays"],
  ["4000 0000 0000 0002", "is declined"],
  ["4000 0000 0000 9995", "has insufficient funds"],
  ["4000 0000 0000 0259", "pays, and is disputed at once"],
  ["4000 0000 0000 7726", "pays; its refund succeeds later"],
  ["4000 0000 0000 5126", "pays; its refund fails later"],
];

/** Renders the page on which a session is paid. After a refusal it shows what was wrong, without the card's data. */
export function PaymentPage(props: { session: Session; items: LineItem[]; form: PaymentForm }) {
  const { session, items, form } = props;
  const price = (amount: number) => formatPrice(amount, session.currency);
  const isFree = session.amount_total === 0 && !session.allow_promotion_codes;
  return (
    <Page title="Payment" narrow>
      <h1>Pay 11Tutors</h1>
      <p class="total">{price(session.amount_total)}</p>
      <div class="card">
        {items.map((item) => (
          <div class="row">
            <span>{item.name}</span>
            <span>{price(item.unitAmount * item.quantity)}</span>
          </div>
        ))}
        {session.total_details.amount_discount > 0 && (
          <div class="row">
            <span>Discount</span>
            <span>−{price(session.total_details.amount_discount)}</span>
          </div>
        )}
      </div>
      <form method="post" class="card">
        <label for="email">E-mail</label>
        <input id="email" name="email" type="email" autocomplete="email" required value={form.email} />
        {!isFree && (
          <>
            <fieldset style="margin-top:1rem">
              <legend>Payment method</legend>
              <Method value="card" label="Card" chosen={form.method} />
              <Method
                value="debit"
                label="Bank debit: the money arrives a few seconds later"
                chosen={form.method}
              />
              <Method
                value="debit_fails"
                label="Bank debit that fails a few seconds later"
                chosen={form.method}
              />
            </fieldset>
            <Field
              name="number"
              label="Card number (for cards)"
              hint="cc-number"
              placeholder="4242 4242 4242 4242"
              form={form}
            />
            <div class="pair">
              <div>
                <Field name="expiry" label="Expiry" hint="cc-exp" placeholder="12/34" form={form} />
              </div>
              <div>
                <Field name="cvc" label="CVC" hint="cc-csc" placeholder="123" form={form} />
              </div>
            </div>
            {session.allow_promotion_codes && (
              <Field name="code" label="Promotion code" hint="off" placeholder="" form={form} />
            )}
          </>
        )}
        <button type="submit">{isFree ? "Complete order" : `Pay ${price(session.amount_total)}`}</button>
      </form>
      {session.cancel_url && (
        <p>
          <a href={session.cancel_url}>Cancel and go back</a>
        </p>
      )}
      {!isFree && (
        <div class="card">
          <h2>Test cards</h2>
          <table>
            {TEST_CARDS.map(([number, effect]) => (
              <tr>
                <td>
                  <code>{number}</code>
                </td>
                <td>{effect}</td>
              </tr>
            ))}
          </table>
          <p class="quiet">Any expiry in the future, such as 12/34, and any three digits as CVC.</p>
        </div>
      )}
    </Page>
  );
}

/** Renders the page of a session that cannot be paid. */
export function ClosedPage(props: { session: Session | null }) {
  const { session } = props;
  const [title, message] = session?.status === "complete"
    ? ["This order is paid", "There is nothing left to do here."]
    : session
    ? ["This payment page has expired", "Go back to the shop and start again. Nothing was charged."]
    : ["There is no such payment page", "Check the address, or go back to the shop and start again."];
  const back = session?.status === "complete" ? session.success_url : session?.cancel_url;
  return (
    <Page title={title} narrow>
      <h1>{title}</h1>
      <p>{message}</p>
      {back && (
        <p>
          <a href={back.replace("{CHECKOUT_SESSION_ID}", session!.id)}>Go to the shop</a>
        </p>
      )}
    </Page>
  );
}

function Method(props: { value: string; label: string; chosen: string }) {
  return (
    <label class="choice">
      <input type="radio" name="method" value={props.value} checked={props.chosen === props.value} />
      <span>{props.label}</span>
    </label>
  );
}

function Field(
  props: { name: FormError["field"]; label: string; hint: string; placeholder: string; form: PaymentForm },
) {
  const { name, label, hint, placeholder, form } = props;
  const error = form.error?.field === name ? form.error.message : null;
  return (
    <>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        inputmode={name === "expiry" || name === "code" ? "text" : "numeric"}
        autocomplete={hint}
        placeholder={placeholder}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={error ? `${name}-error` : undefined}
      />
      {error && <p class="wrong" id={`${name}-error`} role="alert">{error}</p>}
    </>
  );
}

/**
 * Formats an amount of Stripe's API. Stripe counts krónur and Ugandan shillings in hundredths, all others like Intl.
 */
export function formatPrice(amount: number, currency: string): string {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  const decimals = ["isk", "ugx"].includes(currency)
    ? 2
    : format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** decimals);
}
