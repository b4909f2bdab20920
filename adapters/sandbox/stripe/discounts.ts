import type { Happenings } from "./happenings.ts";
import type { Coupon, PromotionCode, Session } from "./objects.ts";
import { type CouponParameters, type PromotionCodeParameters, refusal } from "./parameters.ts";
import type { StripeStore } from "./store.ts";

/**
 * Returns coupons and promotion codes (https://docs.stripe.com/payments/checkout/discounts). To be called in a
 * transaction.
 */
export function discounts(store: StripeStore, { seconds, newId }: Happenings) {
  function createCoupon(parameters: CouponParameters): Coupon {
    const { amount_off = null, percent_off = null, currency = null } = parameters;
    if ((amount_off === null) === (percent_off === null)) {
      throw refusal("parameter_invalid", "You must pass either amount_off or percent_off.", "amount_off");
    }
    if (amount_off !== null && currency === null) {
      throw refusal("parameter_missing", "You must pass currency when passing amount_off.", "currency");
    }
    const id = parameters.id ?? newId("coupon").slice(7, 15);
    if (store.get(id, "coupon")) throw refusal("resource_already_exists", "Coupon already exists.", "id");
    const coupon: Coupon = {
      id,
      object: "coupon",
      name: parameters.name ?? null,
      amount_off,
      percent_off,
      currency,
      duration: parameters.duration,
      max_redemptions: parameters.max_redemptions ?? null,
      redeem_by: parameters.redeem_by ?? null,
      times_redeemed: 0,
      valid: true,
      metadata: parameters.metadata,
      created: seconds(),
      livemode: false,
    };
    store.put(coupon);
    return coupon;
  }

  function createPromotionCode(parameters: PromotionCodeParameters): PromotionCode {
    const code = parameters.code ?? newId("code").slice(5, 13).toUpperCase();
    if (!store.get(parameters.promotion.coupon, "coupon")) {
      throw refusal(
        "resource_missing",
        `No such coupon: '${parameters.promotion.coupon}'`,
        "promotion[coupon]",
      );
    }
    if (findCode(code)) {
      throw refusal("resource_already_exists", "An active promotion code with this code exists.", "code");
    }
    const promotionCode: PromotionCode = {
      id: newId("promo"),
      object: "promotion_code",
      code,
      promotion: parameters.promotion,
      active: parameters.active === "true",
      max_redemptions: parameters.max_redemptions ?? null,
      expires_at: parameters.expires_at ?? null,
      times_redeemed: 0,
      metadata: parameters.metadata,
      created: seconds(),
      livemode: false,
    };
    store.put(promotionCode);
    return promotionCode;
  }

  /** Finds an active code, ignoring case. */
  function findCode(code: string): PromotionCode | null {
    return store.list<PromotionCode>("promotion_code").find((known) =>
      known.active && known.code.toLowerCase() === code.toLowerCase()
    ) ?? null;
  }

  /** Returns a coupon's discount of an amount; null if it cannot be redeemed. */
  function amountOff(coupon: Coupon, amount: number, currency: string): number | null {
    const isOver = (coupon.redeem_by !== null && coupon.redeem_by <= seconds()) ||
      (coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions);
    if (isOver || !coupon.valid) return null;
    if (coupon.amount_off !== null) {
      return coupon.currency === currency ? Math.min(coupon.amount_off, amount) : null;
    }
    return Math.round(amount * coupon.percent_off! / 100);
  }

  function codeIsOver(code: PromotionCode): boolean {
    return !code.active || (code.expires_at !== null && code.expires_at <= seconds()) ||
      (code.max_redemptions !== null && code.times_redeemed >= code.max_redemptions);
  }

  return {
    createCoupon,
    createPromotionCode,

    /** Computes a session's discounts. Refuses those that do not exist or cannot be redeemed, by name. */
    resolve(
      wanted: { coupon?: string; promotion_code?: string } | undefined,
      amount: number,
      currency: string,
    ): { discounts: Session["discounts"]; off: number } {
      if (!wanted) return { discounts: [], off: 0 };
      const { coupon: couponId, promotion_code: codeId } = wanted;
      if ((couponId === undefined) === (codeId === undefined)) {
        throw refusal("parameter_invalid", "Name a coupon or a promotion code.", "discounts[0]");
      }
      const code = codeId === undefined ? null : store.get<PromotionCode>(codeId, "promotion_code");
      if (codeId !== undefined && (!code || codeIsOver(code))) {
        throw refusal(
          code ? "promotion_code_expired" : "resource_missing",
          code ? "This promotion code cannot be redeemed (any more)." : `No such promotion code: '${codeId}'`,
          "discounts[0][promotion_code]",
        );
      }
      const id = code?.promotion.coupon ?? couponId!;
      const coupon = store.get<Coupon>(id, "coupon");
      if (!coupon) throw refusal("resource_missing", `No such coupon: '${id}'`, "discounts[0][coupon]");
      const off = amountOff(coupon, amount, currency);
      if (off === null) {
        throw refusal("coupon_expired", "This coupon cannot be redeemed (any more).", "discounts[0][coupon]");
      }
      return { discounts: [{ coupon: id, promotion_code: code?.id ?? null }], off };
    },

    /** Returns the discount of a code entered on the payment page; null if it does not exist or cannot be redeemed. */
    typed(
      code: string,
      amount: number,
      currency: string,
    ): { discounts: Session["discounts"]; off: number } | null {
      const found = findCode(code.trim());
      if (!found || codeIsOver(found)) return null;
      const off = amountOff(store.get<Coupon>(found.promotion.coupon, "coupon")!, amount, currency);
      return off === null
        ? null
        : { discounts: [{ coupon: found.promotion.coupon, promotion_code: found.id }], off };
    },

    /** Counts the discounts of a completed session as redeemed. */
    redeem(session: Session): void {
      for (const { coupon, promotion_code } of session.discounts) {
        for (const [id, kind] of [[coupon, "coupon"], [promotion_code, "promotion_code"]] as const) {
          const object = id && store.get<Coupon | PromotionCode>(id, kind);
          if (object) store.put({ ...object, times_redeemed: object.times_redeemed + 1 });
        }
      }
    },
  };
}

export type Discounts = ReturnType<typeof discounts>;
