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
for (let round = 0; round < 25; round++) {
  const start = process.hrtime.bigint();
  for (let index = 0; index < 200; index++) {
    verifier.verifySync(tokens[(round * 200 + index) % tokens.length]);
  }
  rounds.push(Number(process.hrtime.bigint() - start) / 1000 / 200);
}
// The first rounds warm the JIT up.
const warm = rounds.slice(5).sort((a, b) => a - b);
console.log(warm[warm.length >> 1].toFixed(2));
