import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

/** A refusal in S3's format. */
export class S3Refusal extends Error {
  constructor(readonly status: 400 | 403 | 404 | 412, readonly code: string, message: string) {
    super(message);
  }
}

type Keys = { accessKeyId: string; secretAccessKey: string };

const MAX_SKEW_MS = 15 * 60_000;

/** Signs the request again with the secret that belongs to its key, and compares. Throws S3Refusal. */
export async function verifySignature(request: Request, keys: Keys, now: number): Promise<void> {
  const url = new URL(request.url);
  const presigned = url.searchParams.has("X-Amz-Signature");
  const claim = presigned ? queryClaim(url) : headerClaim(request.headers);
  if (!claim) throw new S3Refusal(403, "AccessDenied", "The request carries no signature.");
  const [accessKeyId, date, region, service] = claim.credential.split("/");
  if (accessKeyId !== keys.accessKeyId) {
    throw new S3Refusal(403, "InvalidAccessKeyId", "The access key does not exist.");
  }
  const signedAt = Date.parse(
    claim.date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Number.isNaN(signedAt) || !claim.date.startsWith(date ?? "-") || service !== "s3") {
    throw new S3Refusal(400, "AuthorizationHeaderMalformed", "Date or credential scope are malformed.");
  }
  if (claim.expiresSeconds === null ? Math.abs(now - signedAt) > MAX_SKEW_MS : signedAt - now > MAX_SKEW_MS) {
    throw new S3Refusal(
      403,
      "RequestTimeTooSkewed",
      "The time of the request differs too much from the server's.",
    );
  }
  if (claim.expiresSeconds !== null && now > signedAt + claim.expiresSeconds * 1000) {
    throw new S3Refusal(403, "AccessDenied", "Request has expired");
  }
  const signer = new SignatureV4({
    service: "s3",
    region: region!,
    credentials: { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey },
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const headers = Object.fromEntries(
    claim.signedHeaders.map((name) => [name, name === "host" ? url.host : request.headers.get(name) ?? ""]),
  );
  // The signer adds its own parameters again; the rest of the query, such as `x-id`, was signed. It reads the hash of
  // the payload from a header, even if that was sent in the query.
  const query = Object.fromEntries(
    [...url.searchParams].filter(([name]) => !(presigned && name.startsWith("X-Amz-"))),
  );
  if (presigned) headers["X-Amz-Content-Sha256"] = url.searchParams.get("X-Amz-Content-Sha256") ?? "";
  const unsigned = {
    method: request.method,
    protocol: url.protocol,
    hostname: url.hostname,
    port: url.port ? Number(url.port) : undefined,
    path: url.pathname,
    query,
    headers,
  };
  const signingDate = new Date(signedAt);
  let expected: string | undefined;
  if (presigned) {
    const signed = await signer.presign(unsigned, { signingDate, expiresIn: claim.expiresSeconds! });
    expected = String(signed.query?.["X-Amz-Signature"]);
  } else {
    const signed = await signer.sign(unsigned, {
      signingDate,
      signableHeaders: new Set(claim.signedHeaders),
    });
    expected = signed.headers.authorization?.match(/Signature=([0-9a-f]+)/)?.[1];
  }
  if (expected !== claim.signature) {
    throw new S3Refusal(
      403,
      "SignatureDoesNotMatch",
      "The calculated signature does not match the one provided.",
    );
  }
}

type Claim = {
  credential: string;
  date: string;
  expiresSeconds: number | null;
  signedHeaders: string[];
  signature: string;
};

function queryClaim(url: URL): Claim | null {
  const text = (name: string) => url.searchParams.get(`X-Amz-${name}`) ?? "";
  return {
    credential: text("Credential"),
    date: text("Date"),
    expiresSeconds: Number(text("Expires")) || 0,
    signedHeaders: text("SignedHeaders").split(";"),
    signature: text("Signature"),
  };
}

function headerClaim(headers: Headers): Claim | null {
  const match = headers.get("authorization")?.match(
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/,
  );
  if (!match) return null;
  const [, credential, signedHeaders, signature] = match;
  return {
    credential: credential!,
    date: headers.get("x-amz-date") ?? "",
    expiresSeconds: null,
    signedHeaders: signedHeaders!.split(";"),
    signature: signature!,
  };
}
