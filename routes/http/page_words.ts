import { parseAccept } from "hono/utils/accept";
import type { Language, LinkPurpose } from "../../domain/accounts/ports.ts";
import type { Topic } from "../../domain/notifications/ports.ts";
import type { ProblemCode } from "./problems.ts";

/** The page of a link: its question, its button, and the message after the button was pressed. */
type Step = {
  title: string;
  ask(about: string): string;
  button: string;
  doneTitle: string;
  done(about: string): string;
};

export type PageWords = {
  /** `about` is an e-mail address. */
  links: Record<LinkPurpose, Step>;
  newPassword: string;
  /** `about` is the name of a topic's mails. */
  unsubscribe: Step;
  topics: Record<Topic, string>;
  goTo(shop: string): string;
  badLink: string;
  /** The message for a link without its token. */
  incomplete: string;
  /** The title for temporary problems, and what to do about them. */
  notNow: string;
  later: string;
  /** Messages for refusals. Codes that are not listed use the domain's own message. */
  refusals: Partial<Record<ProblemCode, string>>;
};

/** The texts of the pages of mailed links. */
export const PAGE_WORDS: Record<Language, PageWords> = {
  en: {
    links: {
      verify_email: {
        title: "Verify your address",
        ask: (email) => `Is ${email} yours?`,
        button: "Verify my address",
        doneTitle: "Your address is verified",
        done: (email) => `Thank you: ${email} is yours.`,
      },
      change_email: {
        title: "Confirm your new address",
        ask: (email) => `Use ${email} for your account?`,
        button: "Use this address",
        doneTitle: "Your address was changed",
        done: (email) => `Sign in with ${email} from now on.`,
      },
      reset_password: {
        title: "Set a new password",
        ask: (email) => `For ${email}. All devices will be signed out.`,
        button: "Set password",
        doneTitle: "Your password was changed",
        done: (email) => `You can now sign in as ${email} with the new password.`,
      },
    },
    newPassword: "New password, 8 characters or more",
    unsubscribe: {
      title: "Unsubscribe",
      ask: (topic) => `Do you want to stop ${topic}?`,
      button: "Stop these mails",
      doneTitle: "You are unsubscribed",
      done: (topic) =>
        `We have stopped ${topic}. You will still get mails about your account and your purchases.`,
    },
    topics: {
      course_updates: "mails in which tutors write to their students",
      tutor_digest: "the daily mail about your courses",
    },
    goTo: (shop) => `Go to ${shop}`,
    badLink: "This link does not work",
    incomplete: "This link is incomplete. Copy the whole link from the mail.",
    notNow: "Not available at the moment",
    later:
      "Something is out of order on our side. The link stays good: please open it again in a few minutes.",
    refusals: {
      too_many_requests:
        "There were too many tries. The link stays good: please open it again in a few minutes.",
    },
  },

  ru: {
    links: {
      verify_email: {
        title: "Подтвердите адрес",
        ask: (email) => `Адрес ${email} ваш?`,
        button: "Подтвердить адрес",
        doneTitle: "Адрес подтверждён",
        done: (email) => `Спасибо: адрес ${email} ваш.`,
      },
      change_email: {
        title: "Подтвердите новый адрес",
        ask: (email) => `У вашей учётной записи будет адрес ${email}.`,
        button: "Использовать этот адрес",
        doneTitle: "Адрес изменён",
        done: (email) => `Теперь входите с адресом ${email}.`,
      },
      reset_password: {
        title: "Новый пароль",
        ask: (email) => `Для ${email}. На всех устройствах будет выполнен выход.`,
        button: "Сохранить пароль",
        doneTitle: "Пароль изменён",
        done: (email) => `Теперь войдите с ним как ${email}.`,
      },
    },
    newPassword: "Новый пароль, от 8 знаков",
    unsubscribe: {
      title: "Отписаться",
      ask: (topic) => `Больше не присылать ${topic}?`,
      button: "Не присылать",
      doneTitle: "Вы отписались",
      done: (topic) =>
        `Мы больше не будем присылать ${topic}. Письма об учётной записи и покупках продолжат приходить.`,
    },
    topics: {
      course_updates: "письма преподавателей своим студентам",
      tutor_digest: "ежедневное письмо о ваших курсах",
    },
    goTo: (shop) => `Перейти в ${shop}`,
    badLink: "Ссылка не работает",
    incomplete: "Ссылка скопирована не полностью. Скопируйте её из письма целиком.",
    notNow: "Не сейчас",
    later: "У нас неполадка. Ссылка остаётся в силе: откройте её ещё раз через несколько минут.",
    refusals: {
      too_many_requests:
        "Было слишком много попыток. Ссылка остаётся в силе: откройте её ещё раз через несколько минут.",
      invalid_link: "Ссылка уже использована, устарела или скопирована не полностью.",
      email_taken: "С этим адресом уже есть учётная запись.",
      invalid_input:
        "Этот пароль легко угадать, или в нём есть ваш адрес. Возьмите три-четыре слова, не связанных между собой.",
    },
  },

  es: {
    links: {
      verify_email: {
        title: "Verifica tu dirección",
        ask: (email) => `¿Es tuya la dirección ${email}?`,
        button: "Verificar mi dirección",
        doneTitle: "Tu dirección está verificada",
        done: (email) => `Gracias: ${email} es tuya.`,
      },
      change_email: {
        title: "Confirma tu nueva dirección",
        ask: (email) => `Tu cuenta tendrá la dirección ${email}.`,
        button: "Usar esta dirección",
        doneTitle: "Tu dirección ha cambiado",
        done: (email) => `A partir de ahora, inicia sesión con ${email}.`,
      },
      reset_password: {
        title: "Elige una nueva contraseña",
        ask: (email) => `Para ${email}. Se cerrará la sesión en todos los dispositivos.`,
        button: "Guardar la contraseña",
        doneTitle: "Tu contraseña ha cambiado",
        done: (email) => `Ya puedes iniciar sesión con ella como ${email}.`,
      },
    },
    newPassword: "Nueva contraseña, de 8 caracteres o más",
    unsubscribe: {
      title: "Darse de baja",
      ask: (topic) => `¿Quieres dejar de recibir ${topic}?`,
      button: "Dejar de recibirlos",
      doneTitle: "Te has dado de baja",
      done: (topic) => `Ya no te enviaremos ${topic}. Seguirás recibiendo los de tu cuenta y tus compras.`,
    },
    topics: {
      course_updates: "los mensajes de los tutores a sus estudiantes",
      tutor_digest: "el mensaje diario sobre tus cursos",
    },
    goTo: (shop) => `Ir a ${shop}`,
    badLink: "Este enlace no funciona",
    incomplete: "El enlace está incompleto. Cópialo entero desde el correo.",
    notNow: "Ahora no es posible",
    later: "Algo falla por nuestra parte. El enlace sigue siendo válido: ábrelo de nuevo en unos minutos.",
    refusals: {
      too_many_requests:
        "Ha habido demasiados intentos. El enlace sigue siendo válido: ábrelo de nuevo en unos minutos.",
      invalid_link: "Este enlace ya se ha usado, ha caducado o está incompleto.",
      email_taken: "Ya existe una cuenta con esta dirección.",
      invalid_input:
        "Esta contraseña es fácil de adivinar o contiene tu dirección. Usa tres o cuatro palabras sin relación entre sí.",
    },
  },
};

/** Returns the available language that the client prefers by Accept-Language; else English. */
export function pageLanguage(acceptLanguage: string | null): Language {
  const wanted = parseAccept(acceptLanguage ?? "").sort((a, b) => b.q - a.q).map(({ type }) =>
    type.slice(0, 2).toLowerCase()
  );
  return wanted.find((language): language is Language => language in PAGE_WORDS) ?? "en";
}
