/** Credential provider for the AWS SDK for JavaScript v3. */
export function vestibuleCredentials({ role }) {
  let held, pending;
  const mint = async () => {
    const answer = await fetch(new URL("/api/credentials", import.meta.url), {
      method: "POST",
      redirect: "manual",
      cache: "no-store",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ role }),
    });
    const it = await answer.json().catch(() => ({}));
    if (!answer.ok || !it.AccessKeyId)
      throw Object.assign(new Error(it.message ?? "Your sign-in has expired."), {
        code: it.code ?? "not_signed_in",
        next_step: it.next_step ?? "Reload the page.",
      });
    return (held = {
      accessKeyId: it.AccessKeyId,
      secretAccessKey: it.SecretAccessKey,
      sessionToken: it.SessionToken,
      expiration: new Date(it.Expiration),
    });
  };
  return async () =>
    held?.expiration - Date.now() > 3e5 ? held : (pending ??= mint().finally(() => (pending = null)));
}
