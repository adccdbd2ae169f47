// Verifies the tokens in a file with aws-jwt-verify, the key in its cache, and prints the median
// number of microseconds a token. Started by `cargo bench --bench verification`.
import { readFileSync } from "node:fs";
import { createPublicKey } from "node:crypto";
import { AlbJwtVerifier } from "aws-jwt-verify";

const { signer, client, issuer, kid, publicKey, tokens } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const verifier = AlbJwtVerifier.create({ albArn: signer, clientId: client, issuer });
const jwk = { ...createPublicKey(publicKey).export({ format: "jwk" }), kid, alg: "ES256", use: "sig" };
verifier.cacheJwks({ keys: [jwk] });

const rounds = [];
for (let round = 0; round < 1000; round++) {
  const start = process.hrtime.bigint();
  for (let index = 0; index < 10; index++) {
    await verifier.verify(tokens[(round * 10 + index) % tokens.length]);
  }
  rounds.push(Number(process.hrtime.bigint() - start) / 1000 / 10);
}
// The first rounds warm the JIT up.
const warm = rounds.slice(200).sort((a, b) => a - b);
console.log(warm[warm.length >> 1].toFixed(2));
