import { dateTime } from "./format.ts";
import { linkBlock, note, paragraph, type Wordings } from "./block.ts";

/** Texts of notices about an account and its security. */
export const ACCOUNT: Wordings<
  | "welcome"
  | "verify_email"
  | "confirm_email_change"
  | "email_changed"
  | "reset_password"
  | "choose_password"
  | "password_changed"
  | "new_sign_in"
  | "tutor_invitation"
> = {
  welcome: {
    en: ({ coursesUrl }, shop) => ({
      subject: `Welcome to ${shop}`,
      brief: "Your account is ready. Find your first course.",
      blocks: [
        paragraph(`Your account with ${shop} is ready.`),
        paragraph("Many courses have lessons that you can watch before you buy."),
        linkBlock("Browse the courses", coursesUrl),
      ],
    }),
    ru: ({ coursesUrl }, shop) => ({
      subject: `Добро пожаловать в ${shop}`,
      brief: "Ваша учётная запись готова. Выберите первый курс.",
      blocks: [
        paragraph(`Ваша учётная запись в ${shop} готова.`),
        paragraph("Во многих курсах есть уроки, которые можно посмотреть до покупки."),
        linkBlock("Посмотреть курсы", coursesUrl),
      ],
    }),
    es: ({ coursesUrl }, shop) => ({
      subject: `Te damos la bienvenida a ${shop}`,
      brief: "Tu cuenta está lista. Elige tu primer curso.",
      blocks: [
        paragraph(`Tu cuenta de ${shop} está lista.`),
        paragraph("Muchos cursos tienen lecciones que puedes ver antes de comprarlos."),
        linkBlock("Ver los cursos", coursesUrl),
      ],
    }),
  },

  verify_email: {
    en: ({ url, validHours }, shop) => ({
      subject: "Verify your e-mail address",
      brief: "Please confirm that this e-mail address is yours.",
      blocks: [
        paragraph(`Please confirm that this e-mail address is yours, so that ${shop} can reach you.`),
        linkBlock("Verify my address", url),
        note(`The link is valid for ${validHours} hours. If you did not sign up, you can ignore this mail.`),
      ],
    }),
    ru: ({ url, validHours }, shop) => ({
      subject: "Подтвердите адрес электронной почты",
      brief: "Подтвердите, пожалуйста, что этот адрес ваш.",
      blocks: [
        paragraph(`Подтвердите, пожалуйста, что этот адрес ваш, чтобы ${shop} мог с вами связаться.`),
        linkBlock("Подтвердить адрес", url),
        note(
          `Ссылка действует ${validHours} ч. Если вы не регистрировались, не обращайте внимания на это письмо.`,
        ),
      ],
    }),
    es: ({ url, validHours }, shop) => ({
      subject: "Verifica tu dirección de correo",
      brief: "Confirma que esta dirección es tuya.",
      blocks: [
        paragraph(`Confirma que esta dirección es tuya para que ${shop} pueda contactarte.`),
        linkBlock("Verificar mi dirección", url),
        note(`El enlace es válido durante ${validHours} horas. Si no te registraste, ignora este mensaje.`),
      ],
    }),
  },

  confirm_email_change: {
    en: ({ url, newEmail, validHours }, shop) => ({
      subject: "Confirm your new e-mail address",
      brief: "Your address changes once you confirm it.",
      blocks: [
        paragraph(`You asked ${shop} to use ${newEmail} for your account from now on.`),
        linkBlock("Use this address", url),
        note(`The link is valid for ${validHours} hours. Until you follow it, nothing changes.`),
      ],
    }),
    ru: ({ url, newEmail, validHours }, shop) => ({
      subject: "Подтвердите новый адрес электронной почты",
      brief: "Адрес изменится, когда вы его подтвердите.",
      blocks: [
        paragraph(`Вы попросили ${shop} использовать для вашей учётной записи адрес ${newEmail}.`),
        linkBlock("Использовать этот адрес", url),
        note(`Ссылка действует ${validHours} ч. Пока вы по ней не перейдёте, ничего не изменится.`),
      ],
    }),
    es: ({ url, newEmail, validHours }, shop) => ({
      subject: "Confirma tu nueva dirección de correo",
      brief: "Tu dirección cambiará cuando la confirmes.",
      blocks: [
        paragraph(`Has pedido a ${shop} que use ${newEmail} para tu cuenta a partir de ahora.`),
        linkBlock("Usar esta dirección", url),
        note(`El enlace es válido durante ${validHours} horas. Hasta que lo abras, nada cambia.`),
      ],
    }),
  },

  email_changed: {
    en: ({ formerEmail, newEmail, shopUrl }, shop) => ({
      subject: "The e-mail address of your account was changed",
      brief: `Your account now uses ${newEmail}.`,
      blocks: [
        paragraph(`Your ${shop} account now uses ${newEmail} instead of ${formerEmail}.`),
        paragraph("If this was not you, somebody else has used your account. Contact us right away."),
        linkBlock(`Go to ${shop}`, shopUrl),
      ],
    }),
    ru: ({ formerEmail, newEmail, shopUrl }, shop) => ({
      subject: "Адрес электронной почты изменён",
      brief: `Теперь ваша учётная запись использует ${newEmail}.`,
      blocks: [
        paragraph(`Теперь ваша учётная запись в ${shop} использует ${newEmail} вместо ${formerEmail}.`),
        paragraph(
          "Если это были не вы, вашей учётной записью воспользовался кто-то другой: сразу напишите нам.",
        ),
        linkBlock(`Перейти в ${shop}`, shopUrl),
      ],
    }),
    es: ({ formerEmail, newEmail, shopUrl }, shop) => ({
      subject: "Tu dirección de correo ha cambiado",
      brief: `Tu cuenta usa ahora ${newEmail}.`,
      blocks: [
        paragraph(`Tu cuenta de ${shop} usa ahora ${newEmail} en lugar de ${formerEmail}.`),
        paragraph("Si no has sido tú, otra persona ha usado tu cuenta: escríbenos cuanto antes."),
        linkBlock(`Ir a ${shop}`, shopUrl),
      ],
    }),
  },

  reset_password: {
    en: ({ url, validMinutes }, shop) => ({
      subject: "Choose a new password",
      brief: `The link expires after ${validMinutes} minutes.`,
      blocks: [
        paragraph(`You asked for a new password for your ${shop} account.`),
        linkBlock("Choose a new password", url),
        note(
          `The link works once and expires after ${validMinutes} minutes. If you did not ask for it, you can ignore this mail: your password stays the same.`,
        ),
      ],
    }),
    ru: ({ url, validMinutes }, shop) => ({
      subject: "Выберите новый пароль",
      brief: `Перейдите по ссылке в течение ${validMinutes} мин.`,
      blocks: [
        paragraph(`Вы запросили новый пароль для учётной записи в ${shop}.`),
        linkBlock("Выбрать новый пароль", url),
        note(
          `Ссылка сработает один раз в течение ${validMinutes} мин. Если вы её не запрашивали, не обращайте внимания на это письмо: пароль останется прежним.`,
        ),
      ],
    }),
    es: ({ url, validMinutes }, shop) => ({
      subject: "Elige una nueva contraseña",
      brief: `Abre el enlace antes de ${validMinutes} minutos.`,
      blocks: [
        paragraph(`Has pedido una nueva contraseña para tu cuenta de ${shop}.`),
        linkBlock("Elegir una nueva contraseña", url),
        note(
          `El enlace funciona una sola vez, durante ${validMinutes} minutos. Si no lo has pedido, ignora este mensaje: tu contraseña no cambia.`,
        ),
      ],
    }),
  },

  choose_password: {
    en: ({ url, validDays, isMerged }, shop) => ({
      subject: `Choose a password for the new ${shop}`,
      brief: "Your courses have moved with us. Your password could not.",
      blocks: [
        paragraph(
          `${shop} has moved to a new system. Your account and your courses have moved with it, but your password could not: please choose a new one.`,
        ),
        ...(isMerged
          ? [paragraph(
            "Several accounts had this e-mail address. They are one account now, with everything that was in them.",
          )]
          : []),
        linkBlock("Choose a password", url),
        note(
          `The link works once and expires after ${validDays} days. After that, ask for a new password where you sign in.`,
        ),
      ],
    }),
    ru: ({ url, validDays, isMerged }, shop) => ({
      subject: `Выберите пароль для нового ${shop}`,
      brief: "Ваши курсы переехали вместе с нами, а пароль нет.",
      blocks: [
        paragraph(
          `${shop} переехал на новую систему. Ваша учётная запись и ваши курсы переехали вместе с ним, а пароль перенести нельзя: выберите, пожалуйста, новый.`,
        ),
        ...(isMerged
          ? [paragraph(
            "С этим адресом было несколько учётных записей. Теперь это одна запись, и в ней всё, что было в них.",
          )]
          : []),
        linkBlock("Выбрать пароль", url),
        note(
          `Ссылка сработает один раз в течение ${validDays} дн. После этого запросите новый пароль на странице входа.`,
        ),
      ],
    }),
    es: ({ url, validDays, isMerged }, shop) => ({
      subject: `Elige una contraseña para el nuevo ${shop}`,
      brief: "Tus cursos se han mudado con nosotros. Tu contraseña no ha podido.",
      blocks: [
        paragraph(
          `${shop} se ha mudado a un sistema nuevo. Tu cuenta y tus cursos se han mudado con él, pero tu contraseña no ha podido: elige una nueva.`,
        ),
        ...(isMerged
          ? [paragraph(
            "Varias cuentas tenían esta dirección de correo. Ahora son una sola, con todo lo que había en ellas.",
          )]
          : []),
        linkBlock("Elegir una contraseña", url),
        note(
          `El enlace funciona una sola vez, durante ${validDays} días. Después, pide una nueva contraseña donde inicias sesión.`,
        ),
      ],
    }),
  },

  password_changed: {
    en: ({ shopUrl }, shop) => ({
      subject: "Your password was changed",
      brief: "If this was not you, reset it right away.",
      blocks: [
        paragraph(`The password of your ${shop} account was changed, and all other devices were signed out.`),
        paragraph("If this was not you, reset your password right away."),
        linkBlock(`Go to ${shop}`, shopUrl),
      ],
    }),
    ru: ({ shopUrl }, shop) => ({
      subject: "Пароль изменён",
      brief: "Если это были не вы, сразу запросите новый.",
      blocks: [
        paragraph(`Пароль вашей учётной записи в ${shop} изменён, на остальных устройствах выполнен выход.`),
        paragraph("Если это были не вы, сразу запросите новый пароль."),
        linkBlock(`Перейти в ${shop}`, shopUrl),
      ],
    }),
    es: ({ shopUrl }, shop) => ({
      subject: "Tu contraseña ha cambiado",
      brief: "Si no has sido tú, pide otra cuanto antes.",
      blocks: [
        paragraph(
          `La contraseña de tu cuenta de ${shop} ha cambiado y se ha cerrado la sesión en los demás dispositivos.`,
        ),
        paragraph("Si no has sido tú, pide una nueva contraseña cuanto antes."),
        linkBlock(`Ir a ${shop}`, shopUrl),
      ],
    }),
  },

  new_sign_in: {
    en: ({ device, at, shopUrl }, shop) => ({
      subject: "New sign-in to your account",
      brief: `${device || "A new device"}, ${dateTime("en", at)}`,
      blocks: [
        paragraph(`Somebody signed in to your ${shop} account on a device that we have not seen before.`),
        {
          as: "rows",
          rows: [
            { label: "Device", value: device || "unknown" },
            { label: "Time", value: dateTime("en", at) },
          ],
        },
        paragraph(
          "If this was you, there is nothing to do. If not, reset your password: that signs out every device.",
        ),
        linkBlock(`Go to ${shop}`, shopUrl),
      ],
    }),
    ru: ({ device, at, shopUrl }, shop) => ({
      subject: "Новый вход в вашу учётную запись",
      brief: `${device || "Новое устройство"}, ${dateTime("ru", at)}`,
      blocks: [
        paragraph(`В вашу учётную запись в ${shop} вошли с устройства, которого мы раньше не видели.`),
        {
          as: "rows",
          rows: [
            { label: "Устройство", value: device || "неизвестно" },
            { label: "Время", value: dateTime("ru", at) },
          ],
        },
        paragraph(
          "Если это были вы, всё в порядке. Если нет, смените пароль: это завершит сеансы на всех устройствах.",
        ),
        linkBlock(`Перейти в ${shop}`, shopUrl),
      ],
    }),
    es: ({ device, at, shopUrl }, shop) => ({
      subject: "Nuevo inicio de sesión en tu cuenta",
      brief: `${device || "Un dispositivo nuevo"}, ${dateTime("es", at)}`,
      blocks: [
        paragraph(
          `Alguien ha iniciado sesión en tu cuenta de ${shop} desde un dispositivo que no conocíamos.`,
        ),
        {
          as: "rows",
          rows: [
            { label: "Dispositivo", value: device || "desconocido" },
            { label: "Hora", value: dateTime("es", at) },
          ],
        },
        paragraph(
          "Si has sido tú, no tienes que hacer nada. Si no, elige otra contraseña: se cerrará la sesión en todos los dispositivos.",
        ),
        linkBlock(`Ir a ${shop}`, shopUrl),
      ],
    }),
  },

  tutor_invitation: {
    en: ({ courseTitle, invitedBy, sharePercent, url }, shop) => ({
      subject: `Teach ${courseTitle} with us`,
      brief: `${invitedBy || "A tutor"} has invited you.`,
      blocks: [
        paragraph(
          `${
            invitedBy || "A tutor"
          } has invited you to teach ${courseTitle} on ${shop}, for ${sharePercent}% of what it earns once you accept.`,
        ),
        paragraph("To accept or decline, sign in as a tutor with this e-mail address."),
        linkBlock("See the invitation", url),
      ],
    }),
    ru: ({ courseTitle, invitedBy, sharePercent, url }, shop) => ({
      subject: `Приглашение преподавать: «${courseTitle}»`,
      brief: `Вас приглашает ${invitedBy || "преподаватель"}.`,
      blocks: [
        paragraph(
          `${
            invitedBy || "Преподаватель"
          } приглашает вас вести курс «${courseTitle}» в ${shop} за ${sharePercent} % того, что он принесёт с этого времени.`,
        ),
        paragraph("Войдите как преподаватель с этим адресом, чтобы принять или отклонить приглашение."),
        linkBlock("Открыть приглашение", url),
      ],
    }),
    es: ({ courseTitle, invitedBy, sharePercent, url }, shop) => ({
      subject: `Enseña ${courseTitle} con nosotros`,
      brief: `Te invita ${invitedBy || "un tutor"}.`,
      blocks: [
        paragraph(
          `${
            invitedBy || "Un tutor"
          } te invita a enseñar ${courseTitle} en ${shop}, por el ${sharePercent} % de lo que gane a partir de entonces.`,
        ),
        paragraph("Inicia sesión como tutor con esta dirección para aceptar o rechazar la invitación."),
        linkBlock("Ver la invitación", url),
      ],
    }),
  },
};
