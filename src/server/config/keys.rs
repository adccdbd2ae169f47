//! Every key with its default and meaning: the source of the handbook's page on configuration.

/// A key as the handbook shows it.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// With dots; `[]` stands behind a list of tables.
    pub path: &'static str,
    /// The default, in TOML; `None` when the key is required.
    pub default: Option<&'static str>,
    /// What it does.
    pub meaning: &'static str,
}

const fn required(path: &'static str, meaning: &'static str) -> Key {
    Key { path, default: None, meaning }
}

const fn optional(path: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { path, default: Some(default), meaning }
}

/// All keys, in the order of the file.
pub const KEYS: &[Key] = &[
    optional("web.listen", "\"0.0.0.0:3000\"", "Address and port the portal listens on."),
    required("web.public_url", "Scheme, host and port that people type: the only origin that may post. `https`, or `http` on loopback."),
    optional(
        "web.tls",
        "\"off\"",
        "`\"self-signed\"` encrypts the hop from the balancer with a certificate that is made at the start and never leaves the memory: \
         load balancers do not verify their targets. A table with `cert` and `key` serves your own. `\"off\"` is plain HTTP, and a warning says so.",
    ),
    required("web.tls.cert", "In place of a word: PEM file of the certificate, its intermediates behind it."),
    required("web.tls.key", "PEM file of its private key."),
    optional("web.trusted_hops", "1", "`X-Forwarded-For` entries to trust, counted from the right. For display and audit only."),
    optional("web.signed_out_path", "\"/signed-out\"", "Where a person lands after signing out. The balancer must leave it open."),
    required(
        "alb.signers",
        "ARNs of the load balancers that may sign, compared whole. The balancer's random id is part of it: a re-created balancer needs a new entry.",
    ),
    required("alb.clients", "Cognito app client ids that the balancer may name."),
    required("alb.issuer", "The issuer, exactly as the balancer's rule has it."),
    optional(
        "alb.key_url",
        "from the signer",
        "Where the balancer's public keys are, without the key id. Required outside the partitions `aws` and `aws-us-gov`.",
    ),
    optional("alb.cookie_name", "\"AWSELBAuthSessionCookie\"", "The balancer's session cookie, without `-0` at the end."),
    optional("alb.leeway_seconds", "10", "Tolerated clock difference, 0 to 60. The balancer's tokens live about a minute."),
    optional("idp.jwks_url", "from the issuer", "Keys of the access token, when discovery is not to be used."),
    optional(
        "idp.access_token",
        "\"verify\"",
        "`\"opaque\"` when the provider's access tokens are not JWTs; then no role may use `web-identity`.",
    ),
    optional("idp.groups_from", "\"access_token\"", "`\"data\"` takes the groups from the balancer's data header."),
    optional("idp.groups_claim", "\"cognito:groups\"", "The claim that holds the groups."),
    optional("idp.admin_groups", "[]", "Groups whose members are administrators."),
    optional("idp.logout_url", "none", "The provider's logout page, with its parameters."),
    optional("aws.region", "\"us-east-1\"", "Home region: STS, Lambda, and buckets that name none."),
    optional("aws.sts_endpoint", "of the region", "Another STS."),
    optional("aws.s3_endpoint", "of the region", "Another S3. The browser speaks to it, with the bucket in the path."),
    optional("aws.lambda_endpoint", "of the region", "Another Lambda. The browser speaks to it."),
    optional(
        "aws.signin_endpoint",
        "of the partition",
        "Another sign-in endpoint of the AWS console, with its path, such as `https://eu-west-1.signin.aws.amazon.com/federation`. With `sts_endpoint` and without this, and in partitions other than `aws`, `aws-cn` and `aws-us-gov`, the portal opens no console.",
    ),
    required(
        "identity_pool.id",
        "The Cognito identity pool of the roles with the strategy `identity-pool`; its region is the part before the colon.",
    ),
    required("identity_pool.developer_provider", "The developer provider's name in that pool, under which the portal names people."),
    optional("identity_pool.endpoint", "of the region", "Another Cognito Identity."),
    required(
        "self_issued.issuer",
        "The portal as an OIDC issuer, for the roles with the strategy `self-issued`: exactly the URL of the IAM OIDC provider, `https`, no slash at the end. The portal serves its discovery document and keys below this URL's path; STS must reach them.",
    ),
    optional("self_issued.allow_key_file", "false", "Whether a key may be a file. Whoever can copy it can sign in to AWS as anybody."),
    optional("self_issued.kms_endpoint", "of the region", "Another AWS KMS."),
    required(
        "self_issued.keys[].kms_key_id",
        "A signing key in AWS KMS, by id or ARN: `ECC_NIST_P256` (ES256) or `RSA_2048` to `RSA_4096` (RS256). Either this or `file`.",
    ),
    optional("self_issued.keys[].file", "none", "A private key in a file: PEM, PKCS #8, P-256 or RSA. Needs `allow_key_file = true`."),
    optional(
        "self_issued.keys[].published_at",
        "none",
        "When this key was added here, such as `\"2026-11-25T09:00:00Z\"`; required for all but the first. It is published at once and signs a day later; the one before it stays published until its last token is dead.",
    ),
    optional(
        "sessions.store",
        "\"sqlite\"",
        "Where sessions are kept: an embedded database file, or `\"dynamodb\"`, a table that several portals share.",
    ),
    optional("sessions.path", "\"vestibule.db\"", "The file, with `store = \"sqlite\"` only."),
    optional("sessions.table", "none", "The table, required with `store = \"dynamodb\"`; see `sessions.md` for how it is made."),
    optional("sessions.endpoint", "of the region", "Another DynamoDB, with `store = \"dynamodb\"` only."),
    optional(
        "sessions.keep_days",
        "30",
        "Days after its expiry for which the record of a session is kept, 1 to 400. Blocks are kept until they are lifted.",
    ),
    optional(
        "revocation.iam",
        "false",
        "Whether ending a session or a person writes a deny into the role's policies. The server's own identity needs `iam:PutRolePolicy`, `iam:GetRolePolicy` and `iam:DeleteRolePolicy` on the roles. Without it credentials that are out work until they expire.",
    ),
    optional("revocation.iam_endpoint", "of the partition", "Another IAM, with `iam = true` only."),
    optional("limits.mints_per_minute", "30", "Mints a minute and person, 1 to 10,000."),
    optional("log.level", "\"info\"", "`error`, `warn`, `info` or `debug`. Libraries are held to `warn`, because requests hold tokens."),
    optional("log.format", "\"text\"", "`\"json\"` writes an object a line."),
    optional("metrics.listen", "none", "Address and port that answer `GET /metrics` for Prometheus. Without it there are no metrics."),
    required("roles[].id", "Id in URLs and calls: a-z, 0-9, - and _."),
    optional("roles[].title", "the id", "Title for people."),
    required("roles[].arn", "The IAM role. Ceph's ARNs, which have no account, are accepted."),
    optional(
        "roles[].strategy",
        "\"web-identity\"",
        "How it is minted: `\"web-identity\"` with the person's own access token, `\"assume-role\"` with the server's own identity, `\"identity-pool\"` with a Cognito identity pool, `\"self-issued\"` with a token that the portal signs itself.",
    ),
    optional(
        "roles[].flow",
        "\"basic\"",
        "With `identity-pool` only. `\"enhanced\"` uses the pool's own authenticated role and Cognito's credentials of one hour, so it takes no session policy and no duration.",
    ),
    optional(
        "roles[].tag_claims",
        "[]",
        "With all strategies but `web-identity`: claims of the access token that become session tags of the same name, beside the tag `subject`. A person without one of them, or with a value outside `[A-Za-z0-9 _.:=+@-]{1,256}`, is not entitled.",
    ),
    required("roles[].groups", "Who may have it. `[\"*\"]` means everyone who is signed in."),
    optional(
        "roles[].duration_seconds",
        "3600",
        "Longest life of its credentials, 900 to 43,200; not above the role's own maximum, nor above 3,600 with `assume-role`.",
    ),
    optional(
        "roles[].cap_to_access_token",
        "false",
        "`true` ends the credentials no later than the access token that the balancer forwarded. AWS gives no less than 900 seconds: towards the end of the token's life people are told to wait for the next one.",
    ),
    optional(
        "roles[].session_policy",
        "\"generate\"",
        "`\"generate\"` narrows the role to the buckets and functions below, `\"managed\"` to `policy_arns`, `\"none\"` leaves the role's own policy as the boundary.",
    ),
    optional("roles[].policy_arns", "none", "One to ten managed policies, with `session_policy = \"managed\"` only."),
    required("roles[].buckets[].name", "The bucket."),
    optional("roles[].buckets[].region", "looked up", "Its region."),
    optional(
        "roles[].buckets[].prefix",
        "\"\"",
        "Keys begin with this. `${subject}` and `${claim:NAME}` (of the access token) expand; a value outside `[A-Za-z0-9_.@=+-]{1,128}` means the person is not entitled.",
    ),
    optional("roles[].buckets[].permissions", "[\"list\", \"read\"]", "Of `list`, `read`, `write`, `delete`, `versions`, `tags`."),
    optional("roles[].buckets[].kms_keys", "[]", "ARNs of KMS keys that the objects are encrypted with."),
    optional(
        "roles[].buckets[].sign",
        "\"query\"",
        "`\"header\"` where the bucket's policy denies query signatures; it costs a preflight a request.",
    ),
    required("roles[].functions[].name", "A Lambda function in the role's account and the home region."),
    optional(
        "roles[].functions[].qualifiers",
        "[]",
        "Its versions and aliases that may be invoked beside the newest code, such as `[\"live\", \"7\"]`; `[\"*\"]` means all of them.",
    ),
    optional(
        "roles[].functions[].schema",
        "none",
        "A JSON schema of its events, from which the portal draws a form: the name of a file, or the schema itself between `'''{` and `}'''`. \
         At most 64 kB; `$ref` within it only. Whoever has the role can read it.",
    ),
];

/// The handbook's page.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         `vestibule serve` reads `vestibule.toml`, or the file that `--config` or `VESTIBULE_CONFIG` names. The environment is laid over it: \
         `VESTIBULE_ALB__ISSUER` is `alb.issuer`, `VESTIBULE_ROLES__0__ARN` the first role's `arn`; lists are written as TOML or with commas. \
         Unknown keys and unknown `VESTIBULE_` names are errors. `vestibule config` prints what is in force.\n\n\
         The file, and the certificate and schemas that it names, may be changed while the portal runs: it notices within seconds, or at once on `SIGHUP`. \
         A configuration with a problem changes nothing, and the log says what is wrong. `web.listen`, the kind of `web.tls`, `sessions`, `log` and \
         `metrics` are read at the start only.\n\n\
         This page is generated from `src/server/config/keys.rs`; a test fails when it is out of date.\n\n\
         | key | default | meaning |\n| --- | --- | --- |\n",
    );
    for Key { path, default, meaning } in KEYS {
        let default = default.map_or_else(|| "**required**".to_owned(), |default| format!("`{default}`"));
        page.push_str(&format!("| `{path}` | {default} | {meaning} |\n"));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn the_handbook_page_is_up_to_date() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/docs/configuration.md");
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        if written != page() {
            std::fs::write(&file, page()).unwrap();
            panic!("{} was out of date and has been written anew: look at the difference and commit it", file.display());
        }
    }

    /// The loader says which keys it knows when it meets one that it does not.
    #[test]
    fn the_table_has_exactly_the_keys_that_are_read() {
        let text = "web.zzzzzzzz = 1\nweb.tls.zzzzzzzz = 1\nmetrics.zzzzzzzz = 1\nalb.zzzzzzzz = 1\nidp.zzzzzzzz = 1\naws.zzzzzzzz = 1\n\
             sessions.zzzzzzzz = 1\nrevocation.zzzzzzzz = 1\nlimits.zzzzzzzz = 1\nlog.zzzzzzzz = 1\nidentity_pool.zzzzzzzz = 1\n\
             self_issued.zzzzzzzz = 1\n[[self_issued.keys]]\nzzzzzzzz = 1\n\
             [[roles]]\nzzzzzzzz = 1\n[[roles.buckets]]\nzzzzzzzz = 1\n[[roles.functions]]\nzzzzzzzz = 1\n";
        let problems = crate::server::config::loader::from_text(text, "f", []).unwrap_err();
        let mut read = BTreeSet::new();
        for problem in problems.iter().filter(|problem| problem.key.ends_with(".zzzzzzzz")) {
            let section = problem.key.trim_end_matches("zzzzzzzz").replace("[0]", "[]");
            let known = problem.fix.split("known here: ").nth(1).unwrap();
            read.extend(known.split(", ").map(|key| format!("{section}{key}")));
        }
        for lists in ["roles[].buckets", "roles[].functions", "self_issued.keys"] {
            assert!(read.remove(lists), "{lists}");
        }
        let documented: BTreeSet<String> = KEYS.iter().map(|key| key.path.to_owned()).collect();
        assert_eq!(read, documented);
    }
}
