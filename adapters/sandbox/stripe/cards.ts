type Decline = { code: string; decline_code: string; message: string };

/** The result of charging a test card (https://docs.stripe.com/testing); null if it pays. */
const CARDS: Record<string, Decline | null> = {
  "4242424242424242": null,
  "4000000000007726": null, // its refund succeeds later
  "4000000000005126": null, // its refund fails later
  "4000000000000259": null, // is disputed at once
  "4000000000000002": {
    code: "card_declined",
    decline_code: "generic_decline",
    message: "Your card was declined.",
  },
  "4000000000009995": {
    code: "card_declined",
    decline_code: "insufficient_funds",
    message: "Your card has insufficient funds.",
  },
};

/** Cards whose owner disputes the payment at once, with the reason. */
const DISPUTED_CARDS: Record<string, string> = { "4000000000000259": "fraudulent" };

/** Why a payment form was refused, in words for the buyer. */
export type FormError = { field: "number" | "expiry" | "cvc" | "code"; message: string };

/** Returns the fate of a charge to this card: why it is declined, or why its owner disputes it; null for neither. */
export function fateOf(
  card: string,
): { decline: Decline | null; disputeReason: string | null; last4: string } {
  const number = digits(card);
  return {
    decline: CARDS[number] ?? null,
    disputeReason: DISPUTED_CARDS[number] ?? null,
    last4: number.slice(-4),
  };
}

/** Returns what is wrong with the form; null if the card can be charged. */
export function formError(
  form: { number: string; expiry: string; cvc: string },
  now: Date,
): FormError | null {
  if (!(digits(form.number) in CARDS)) {
    return { field: "number", message: "Your card number is incorrect. Use one of the test cards below." };
  }
  const [, month, year] = form.expiry.match(/^\s*(\d{1,2})\s*\/\s*(?:20)?(\d{2})\s*$/) ?? [];
  const isPast = new Date(Date.UTC(2000 + Number(year), Number(month))) <= now;
  if (!month || Number(month) < 1 || Number(month) > 12 || isPast) {
    return {
      field: "expiry",
      message: "Your card's expiry is incomplete or in the past. Write it as 12/34.",
    };
  }
  if (!/^\d{3,4}$/.test(form.cvc.trim())) {
    return { field: "cvc", message: "Your card's security code is incomplete: three digits." };
  }
  return null;
}

const digits = (text: string) => text.replace(/\D/g, "");
