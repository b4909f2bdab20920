import { raw } from "hono/html";
import type { Recipient } from "../../domain/notifications/ports.ts";
import { PHRASES } from "./phrases.ts";
import type { Block, Words } from "./words/block.ts";

/** The shop's appearance in mails. */
export type Brand = {
  name: string;
  /** The URL of a picture about 40 pixels high; null: the name is shown as text. */
  logoUrl: string | null;
  /** `#` and six hexadecimal digits. */
  colour: string;
};

// The light colours are in the elements themselves, for clients that drop style sheets.
const LIGHT = { ground: "#f4f4f9", paper: "#ffffff", ink: "#1b1b27", quiet: "#5d5d70", line: "#d9d9e3" };
const DARK = { ground: "#13131b", paper: "#1e1e2a", ink: "#ececf4", quiet: "#a3a3b8", line: "#3a3a4c" };
const FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

const STYLE = `
:root { color-scheme: light dark; supported-color-schemes: light dark }
@media (max-width: 480px) { .ground { padding: 0 !important } .paper { border-radius: 0 !important; padding: 24px 16px 12px !important } .foot { padding: 16px !important } }
@media (prefers-color-scheme: dark) { ${darkRules("")} }
${darkRules("[data-ogsc] ")}`;

function darkRules(scope: string): string {
  return [
    `${scope}.ground { background-color: ${DARK.ground} !important }`,
    `${scope}.paper { background-color: ${DARK.paper} !important; border-left-color: ${DARK.line} !important; border-right-color: ${DARK.line} !important; border-bottom-color: ${DARK.line} !important }`,
    `${scope}.ink { color: ${DARK.ink} !important }`,
    `${scope}.quiet { color: ${DARK.quiet} !important }`,
    `${scope}.line { border-color: ${DARK.line} !important }`,
  ].join(" ");
}

type Props = { words: Words; brand: Brand; to: Recipient; unsubscribeUrl: string | null };

/** Renders a letter as HTML for mail clients: tables for layout, styles in the elements, readable without pictures. */
export function htmlOf(props: Props): string {
  return `<!doctype html>\n${<Page {...props} />}\n`;
}

function Page({ words, brand, to, unsubscribeUrl }: Props) {
  const { language, name } = to;
  const phrases = PHRASES[language];
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no" />
        <title>{words.subject}</title>
        <style>{raw(STYLE)}</style>
      </head>
      <body class="ground" style={`margin:0;padding:0;background-color:${LIGHT.ground}`}>
        <div style="display:none;max-height:0;overflow:hidden">{words.brief}</div>
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border={0}>
          <tr>
            <td class="ground" align="center" style={`padding:24px 12px;background-color:${LIGHT.ground}`}>
              <table
                role="presentation"
                width="100%"
                cellpadding="0"
                cellspacing="0"
                border={0}
                style="max-width:560px"
              >
                <tr>
                  <td
                    class="paper"
                    align="left"
                    style={`padding:32px 32px 20px;background-color:${LIGHT.paper};border:1px solid ${LIGHT.line};border-top:4px solid ${brand.colour};border-radius:12px`}
                  >
                    <Masthead brand={brand} />
                    <p class="ink" style={`${TEXT};color:${LIGHT.ink}`}>{phrases.greeting(name)}</p>
                    {words.blocks.map((block, index) => <Piece key={index} block={block} brand={brand} />)}
                  </td>
                </tr>
                <tr>
                  <td
                    class="quiet foot"
                    align="left"
                    style={`padding:16px 32px;font:13px/1.5 ${FONT};color:${LIGHT.quiet}`}
                  >
                    {to.userId === null ? brand.name : phrases.reason(brand.name)}
                    {unsubscribeUrl && (
                      <>
                        <br />
                        <a class="quiet" href={unsubscribeUrl} style={`color:${LIGHT.quiet}`}>
                          {phrases.unsubscribe}
                        </a>
                      </>
                    )}
                  </td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html>
  );
}

const TEXT = `margin:0 0 16px;font:16px/1.5 ${FONT};overflow-wrap:anywhere`;

function Masthead({ brand }: { brand: Brand }) {
  const style = `margin:0 0 24px;font:bold 20px/1.2 ${FONT};color:${LIGHT.ink}`;
  return (
    <p class="ink" style={style}>
      {brand.logoUrl
        ? <img src={brand.logoUrl} alt={brand.name} height={40} style="border:0;height:40px;max-width:100%" />
        : brand.name}
    </p>
  );
}

function Piece({ block, brand }: { block: Block; brand: Brand }) {
  switch (block.as) {
    case "paragraph":
      return <p class="ink" style={`${TEXT};color:${LIGHT.ink}`}>{block.text}</p>;
    case "heading":
      return (
        <h2
          class="ink"
          style={`margin:24px 0 8px;font:bold 18px/1.3 ${FONT};color:${LIGHT.ink};overflow-wrap:anywhere`}
        >
          {block.text}
        </h2>
      );
    case "note":
      return (
        <p
          class="quiet"
          style={`margin:0 0 8px;font:14px/1.5 ${FONT};color:${LIGHT.quiet};overflow-wrap:anywhere`}
        >
          {block.text}
        </p>
      );
    case "quote": {
      const style =
        `${TEXT};color:${LIGHT.ink};white-space:pre-line;padding-left:12px;border-left:3px solid ${LIGHT.line}`;
      return <div class="ink line" style={style}>{block.text.trim()}</div>;
    }
    case "rows":
      return <Rows rows={block.rows} hasTotal={block.hasTotal ?? false} />;
    case "link":
      return <Button label={block.label} url={block.url} colour={brand.colour} />;
  }
}

function Rows({ rows, hasTotal }: { rows: { label: string; value: string }[]; hasTotal: boolean }) {
  return (
    <table
      role="presentation"
      width="100%"
      cellpadding="0"
      cellspacing="0"
      border={0}
      style="margin:0 0 16px;border-collapse:collapse"
    >
      {rows.map(({ label, value }, index) => {
        const weight = hasTotal && index === rows.length - 1 ? "bold " : "";
        const cell =
          `padding:8px 0;border-bottom:1px solid ${LIGHT.line};font:${weight}16px/1.4 ${FONT};color:${LIGHT.ink}`;
        return (
          <tr>
            <td
              class="ink line"
              align="left"
              valign="top"
              style={`${cell};min-width:110px;overflow-wrap:anywhere`}
            >
              {label}
            </td>
            <td class="ink line" align="right" valign="top" style={`${cell};padding-left:16px`}>{value}</td>
          </tr>
        );
      })}
    </table>
  );
}

/** Renders a button as a coloured cell, so that it looks like one in every client. */
function Button({ label, url, colour }: { label: string; url: string; colour: string }) {
  return (
    <table role="presentation" cellpadding="0" cellspacing="0" border={0} style="margin:8px 0 24px">
      <tr>
        <td align="center" bgcolor={colour} style={`border-radius:8px;background-color:${colour}`}>
          <a
            href={url}
            style={`display:inline-block;padding:12px 20px;font:bold 16px/1.2 ${FONT};color:${
              inkOn(colour)
            };text-decoration:none;border-radius:8px`}
          >
            {label}
          </a>
        </td>
      </tr>
    </table>
  );
}

/** Returns black or white, whichever has more contrast, by WCAG 2's relative luminance. */
function inkOn(colour: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  // At this luminance, black and white have the same contrast.
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}
