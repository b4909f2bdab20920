import type { Language } from "../../../domain/accounts/ports.ts";
import type { NoticeData } from "../../../domain/notifications/ports.ts";
import { type Block, linkBlock, note, paragraph, type Wordings } from "./block.ts";
import { date, dateTime, list, money } from "./format.ts";

type Order = NoticeData["order_confirmation"];

function receipt(
  language: Language,
  { lines, discount, tax, total }: Order,
  words: { discount: string; tax: string; total: string },
): Block {
  return {
    as: "rows",
    rows: [
      ...lines.map(({ title, price }) => ({ label: title, value: money(language, price) })),
      ...(discount.amount > 0n ? [{ label: words.discount, value: `−${money(language, discount)}` }] : []),
      ...(tax.amount > 0n ? [{ label: words.tax, value: money(language, tax) }] : []),
      { label: words.total, value: money(language, total) },
    ],
    hasTotal: true,
  };
}

/** Names the courses that the mail is about, if the order has others too. */
const ofThese = ({ lines, opened }: Order, words: (titles: string[]) => string): Block[] =>
  opened.length < lines.length ? [paragraph(words(opened))] : [];

/** Texts of notices about orders, payments and the access that they give. */
export const PURCHASE: Wordings<
  | "order_confirmation"
  | "payment_processing"
  | "payment_failed"
  | "refund"
  | "access_granted"
  | "access_ending"
  | "access_ended"
> = {
  order_confirmation: {
    en: (order) => ({
      subject: order.opened.length === 1
        ? `You now have access to ${order.opened[0]}`
        : "You now have access to your courses",
      brief: "Thank you for your order. You can start watching right away.",
      blocks: [
        paragraph("Thank you for your order. You can start watching right away."),
        ...ofThese(order, (titles) => `This gives you access to ${list("en", titles)}.`),
        receipt("en", order, { discount: "Discount", tax: "Tax", total: "Total" }),
        linkBlock("Start learning", order.learnUrl),
        note(`Order ${order.orderId}`),
      ],
    }),
    ru: (order) => ({
      subject: order.opened.length === 1
        ? `Вам открыт доступ к курсу «${order.opened[0]}»`
        : "Вам открыт доступ к курсам",
      brief: "Спасибо за заказ. Можно начинать смотреть.",
      blocks: [
        paragraph("Спасибо за заказ. Можно начинать смотреть."),
        ...ofThese(order, (titles) => `Открыт доступ: ${list("ru", titles)}.`),
        receipt("ru", order, { discount: "Скидка", tax: "Налог", total: "Итого" }),
        linkBlock("Начать учиться", order.learnUrl),
        note(`Заказ ${order.orderId}`),
      ],
    }),
    es: (order) => ({
      subject: order.opened.length === 1
        ? `Ya tienes acceso a ${order.opened[0]}`
        : "Ya tienes acceso a tus cursos",
      brief: "Gracias por tu pedido. Puedes empezar ahora mismo.",
      blocks: [
        paragraph("Gracias por tu pedido. Puedes empezar ahora mismo."),
        ...ofThese(order, (titles) => `Se abre ${list("es", titles)}.`),
        receipt("es", order, { discount: "Descuento", tax: "Impuestos", total: "Total" }),
        linkBlock("Empezar a aprender", order.learnUrl),
        note(`Pedido ${order.orderId}`),
      ],
    }),
  },

  payment_processing: {
    en: ({ orderId, titles, total }) => ({
      subject: "Your payment is on its way",
      brief: "You get access once the payment arrives. We will let you know.",
      blocks: [
        paragraph(`Your payment of ${money("en", total)} for ${list("en", titles)} is being processed.`),
        paragraph(
          "Depending on how you paid, this can take a few days. You get access as soon as the payment arrives, and we will let you know.",
        ),
        note("You do not need to do anything."),
        note(`Order ${orderId}`),
      ],
    }),
    ru: ({ orderId, titles, total }) => ({
      subject: "Ваш платёж обрабатывается",
      brief: "Доступ откроется, когда поступит платёж. Мы вам напишем.",
      blocks: [
        paragraph(
          `Ваш платёж на сумму ${money("ru", total)} обрабатывается. Заказано: ${list("ru", titles)}.`,
        ),
        paragraph(
          "В зависимости от способа оплаты это может занять несколько дней. Доступ откроется, как только платёж поступит, и мы вам об этом напишем.",
        ),
        note("Вам ничего не нужно делать."),
        note(`Заказ ${orderId}`),
      ],
    }),
    es: ({ orderId, titles, total }) => ({
      subject: "Tu pago se está procesando",
      brief: "El acceso se abrirá cuando llegue el pago. Te escribiremos.",
      blocks: [
        paragraph(`Tu pago de ${money("es", total)} por ${list("es", titles)} está en curso.`),
        paragraph(
          "Según la forma de pago, puede tardar unos días. El acceso se abrirá en cuanto llegue el pago y entonces te escribiremos.",
        ),
        note("No tienes que hacer nada."),
        note(`Pedido ${orderId}`),
      ],
    }),
  },

  payment_failed: {
    en: ({ orderId, titles, total, retryUrl }) => ({
      subject: "Your payment did not go through",
      brief: "You were not charged. You can try again.",
      blocks: [
        paragraph(`Your payment of ${money("en", total)} for ${list("en", titles)} did not go through.`),
        paragraph("You were not charged. You can try again, with the same or another payment method."),
        linkBlock("Try again", retryUrl),
        note(`Order ${orderId}`),
      ],
    }),
    ru: ({ orderId, titles, total, retryUrl }) => ({
      subject: "Платёж не прошёл",
      brief: "Деньги не списаны. Можно попробовать ещё раз.",
      blocks: [
        paragraph(`Ваш платёж на сумму ${money("ru", total)} не прошёл. Заказано: ${list("ru", titles)}.`),
        paragraph("Деньги не списаны. Можно попробовать ещё раз, в том числе другим способом оплаты."),
        linkBlock("Попробовать ещё раз", retryUrl),
        note(`Заказ ${orderId}`),
      ],
    }),
    es: ({ orderId, titles, total, retryUrl }) => ({
      subject: "No se ha podido cobrar tu pago",
      brief: "No se te ha cobrado nada. Puedes intentarlo de nuevo.",
      blocks: [
        paragraph(`No se ha podido cobrar tu pago de ${money("es", total)} por ${list("es", titles)}.`),
        paragraph("No se te ha cobrado nada. Puedes intentarlo de nuevo, también con otra forma de pago."),
        linkBlock("Intentarlo de nuevo", retryUrl),
        note(`Pedido ${orderId}`),
      ],
    }),
  },

  refund: {
    en: ({ orderId, titles, amount, ended }) => ({
      subject: `We have refunded ${money("en", amount)}`,
      brief: "It should reach your account within 5 to 10 days.",
      blocks: [
        paragraph(`We have refunded ${money("en", amount)} for ${list("en", titles)}.`),
        paragraph("The money goes back to the payment method that you used. Banks take 5 to 10 days."),
        ...(ended.length > 0
          ? [
            paragraph(
              `The access to ${
                list("en", ended)
              } that came with this purchase has ended. Your progress is kept.`,
            ),
          ]
          : []),
        note(`Order ${orderId}`),
      ],
    }),
    ru: ({ orderId, titles, amount, ended }) => ({
      subject: `Мы вернули вам ${money("ru", amount)}`,
      brief: "Деньги поступят на ваш счёт через 5–10 дней.",
      blocks: [
        paragraph(`Мы вернули вам ${money("ru", amount)}. Возврат за: ${list("ru", titles)}.`),
        paragraph("Деньги вернутся тем же способом, которым вы платили; банку нужно 5–10 дней."),
        ...(ended.length > 0
          ? [paragraph(`Доступ по этой покупке закончился: ${list("ru", ended)}. Ваши успехи сохранены.`)]
          : []),
        note(`Заказ ${orderId}`),
      ],
    }),
    es: ({ orderId, titles, amount, ended }) => ({
      subject: `Te hemos reembolsado ${money("es", amount)}`,
      brief: "Tarda entre 5 y 10 días en llegar a tu cuenta.",
      blocks: [
        paragraph(`Te hemos reembolsado ${money("es", amount)} por ${list("es", titles)}.`),
        paragraph("El dinero vuelve por donde pagaste; los bancos tardan entre 5 y 10 días."),
        ...(ended.length > 0
          ? [
            paragraph(
              `Tu acceso a ${list("es", ended)} por esta compra ha terminado. Tu progreso se conserva.`,
            ),
          ]
          : []),
        note(`Pedido ${orderId}`),
      ],
    }),
  },

  access_granted: {
    en: ({ courseTitle, until, courseUrl }) => ({
      subject: `You now have access to ${courseTitle}`,
      brief: until ? `Until ${date("en", until)}.` : "You can start watching right away.",
      blocks: [
        paragraph(`You now have access to ${courseTitle}. You can start watching right away.`),
        ...(until ? [paragraph(`Your access lasts until ${date("en", until)}.`)] : []),
        linkBlock("Start learning", courseUrl),
      ],
    }),
    ru: ({ courseTitle, until, courseUrl }) => ({
      subject: `Вам открыт доступ к курсу «${courseTitle}»`,
      brief: until ? `Доступ до ${date("ru", until)}.` : "Можно начинать смотреть.",
      blocks: [
        paragraph(`Вам открыт курс «${courseTitle}». Можно начинать смотреть.`),
        ...(until ? [paragraph(`Доступ действует до ${date("ru", until)}.`)] : []),
        linkBlock("Начать учиться", courseUrl),
      ],
    }),
    es: ({ courseTitle, until, courseUrl }) => ({
      subject: `Ya tienes acceso a ${courseTitle}`,
      brief: until ? `Hasta el ${date("es", until)}.` : "Puedes empezar ahora mismo.",
      blocks: [
        paragraph(`${courseTitle} ya está abierto para ti. Puedes empezar ahora mismo.`),
        ...(until ? [paragraph(`Tu acceso dura hasta el ${date("es", until)}.`)] : []),
        linkBlock("Empezar a aprender", courseUrl),
      ],
    }),
  },

  access_ending: {
    en: ({ courseTitle, until, courseUrl }) => ({
      subject: `Your access to ${courseTitle} ends soon`,
      brief: `You can watch it until ${date("en", until)}.`,
      blocks: [
        paragraph(`You can watch ${courseTitle} until ${dateTime("en", until)}. Your progress is kept.`),
        linkBlock("Continue learning", courseUrl),
      ],
    }),
    ru: ({ courseTitle, until, courseUrl }) => ({
      subject: `Доступ к курсу «${courseTitle}» скоро закончится`,
      brief: `Курс можно смотреть до ${date("ru", until)}.`,
      blocks: [
        paragraph(
          `Курс «${courseTitle}» можно смотреть до ${dateTime("ru", until)}. Ваши успехи сохранятся.`,
        ),
        linkBlock("Продолжить учиться", courseUrl),
      ],
    }),
    es: ({ courseTitle, until, courseUrl }) => ({
      subject: `Tu acceso a ${courseTitle} termina pronto`,
      brief: `Puedes verlo hasta el ${date("es", until)}.`,
      blocks: [
        paragraph(`Puedes ver ${courseTitle} hasta el ${dateTime("es", until)}. Tu progreso se conserva.`),
        linkBlock("Seguir aprendiendo", courseUrl),
      ],
    }),
  },

  access_ended: {
    en: ({ courseTitle, why, courseUrl }) => ({
      subject: `Your access to ${courseTitle} has ended`,
      brief: "Your progress is kept.",
      blocks: [
        paragraph(
          {
            expired: `Your access to ${courseTitle} has expired.`,
            revoked: `Your access to ${courseTitle} was withdrawn.`,
            refunded: `Your access to ${courseTitle} has ended because the purchase was refunded.`,
            disputed:
              `Your access to ${courseTitle} has ended because the payment was disputed with the bank.`,
          }[why],
        ),
        paragraph("Your progress is kept in case you come back."),
        linkBlock("View the course", courseUrl),
      ],
    }),
    ru: ({ courseTitle, why, courseUrl }) => ({
      subject: `Доступ к курсу «${courseTitle}» закончился`,
      brief: "Ваши успехи сохранены.",
      blocks: [
        paragraph(
          {
            expired: `Срок вашего доступа к курсу «${courseTitle}» истёк.`,
            revoked: `Ваш доступ к курсу «${courseTitle}» закрыт.`,
            refunded: `Доступ к курсу «${courseTitle}» закончился, потому что деньги за покупку возвращены.`,
            disputed: `Доступ к курсу «${courseTitle}» закончился, потому что платёж оспорен в банке.`,
          }[why],
        ),
        paragraph("Ваши успехи сохранены на случай, если вы вернётесь."),
        linkBlock("Открыть страницу курса", courseUrl),
      ],
    }),
    es: ({ courseTitle, why, courseUrl }) => ({
      subject: `Tu acceso a ${courseTitle} ha terminado`,
      brief: "Tu progreso se conserva.",
      blocks: [
        paragraph(
          {
            expired: `El plazo de tu acceso a ${courseTitle} ha terminado.`,
            revoked: `Se ha retirado tu acceso a ${courseTitle}.`,
            refunded: `Tu acceso a ${courseTitle} ha terminado porque se reembolsó la compra.`,
            disputed: `Tu acceso a ${courseTitle} ha terminado porque el pago se disputó en el banco.`,
          }[why],
        ),
        paragraph("Tu progreso se conserva por si vuelves."),
        linkBlock("Ver el curso", courseUrl),
      ],
    }),
  },
};
