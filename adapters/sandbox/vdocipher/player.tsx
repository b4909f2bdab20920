import { Page } from "../page.tsx";

/** The hosts and countries in which a ticket may be used. */
export type Rules = { whitelisthref?: string; ipGeo?: { allow: string[] } | { block: string[] } };

/** Returns whether the rules allow a page on this host to play to a viewer from this country. */
export function isAllowed({ whitelisthref, ipGeo }: Rules, host: string, country: string): boolean {
  if (whitelisthref !== undefined && !new RegExp(whitelisthref).test(host)) return false;
  if (ipGeo === undefined) return true;
  return "allow" in ipGeo ? ipGeo.allow.includes(country) : !ipGeo.block.includes(country);
}

const SCREEN = `
  .screen { position: relative; overflow: hidden; aspect-ratio: 16 / 9; border-radius: .75rem; background:
    linear-gradient(120deg, #1e1b4b, #4338ca, #0e7490, #1e1b4b) 0 0 / 300% 300%; animation: play 8s linear infinite }
  .mark { position: absolute; top: 40%; color: #ff5f5f; opacity: .7; animation: roam 10s ease-in-out infinite alternate }
  @keyframes play { to { background-position: 300% 0 } }
  @keyframes roam { to { left: 55%; top: 75% } }
  @media (prefers-reduced-motion: reduce) { .screen, .mark { animation: none } }
`;

export function Playing({ videoId, watermark }: { videoId: string; watermark: string }) {
  return (
    <Page title="Player">
      <style>{SCREEN}</style>
      <h1>Playing</h1>
      <div class="screen" role="img" aria-label="A video plays">
        <span class="mark">{watermark}</span>
      </div>
      <p class="quiet">
        Video <code>{videoId}</code>. The password is spent: reloading this page needs a new one.
      </p>
    </Page>
  );
}

export function Refused() {
  return (
    <Page title="Player" narrow>
      <h1>This video cannot be played</h1>
      <p>
        The one-time password is unknown, spent or older than its time to live, or it is not for this page or
        country. Ask the lesson's address of the API for a new one.
      </p>
    </Page>
  );
}
