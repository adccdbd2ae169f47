//! The effective configuration as TOML, for `vestibule config`.
//!
//! Every key is written, defaults included, so that the output is a file that means the same.
//! Nothing in a configuration is a secret today; a setting that becomes one is redacted here.

use super::{
    AccessTokenKind, Bucket, Config, GroupsFrom, IdentityPool, IssuerKey, KeySource, LogFormat, LogLevel, Role, RoleGroups, RoleStrategy,
    SelfIssued, SessionPolicy, Store, Tls,
};
use crate::model::location::{Permission, Signing};
use crate::model::role::Strategy;
use toml::{Table, Value};
use url::Url;

/// The configuration as a TOML document.
#[must_use]
pub fn to_toml(config: &Config) -> String {
    let Config { web, alb, idp, aws, identity_pool, self_issued, sessions, revocation, limits, log, metrics, roles } = config;
    let mut root = Table::new();
    root.insert("web".into(), {
        let mut table = Table::new();
        put(&mut table, "listen", web.listen.to_string());
        put(&mut table, "public_url", web.public_url.as_str());
        match &web.tls {
            Tls::Off => put(&mut table, "tls", "off"),
            Tls::SelfSigned => put(&mut table, "tls", "self-signed"),
            Tls::Files { cert, key } => {
                let mut files = Table::new();
                put(&mut files, "cert", cert.display().to_string());
                put(&mut files, "key", key.display().to_string());
                put(&mut table, "tls", files);
            }
        }
        put(&mut table, "trusted_hops", i64::try_from(web.trusted_hops).unwrap_or(i64::MAX));
        put(&mut table, "signed_out_path", web.signed_out_path.as_str());
        table.into()
    });
    root.insert("alb".into(), {
        let mut table = Table::new();
        put(&mut table, "signers", alb.signers.clone());
        put(&mut table, "clients", alb.clients.clone());
        put(&mut table, "issuer", alb.issuer.as_str());
        put_url(&mut table, "key_url", alb.key_url.as_ref());
        put(&mut table, "cookie_name", alb.cookie_name.as_str());
        put(&mut table, "leeway_seconds", i64::from(alb.leeway_seconds));
        table.into()
    });
    root.insert("idp".into(), {
        let mut table = Table::new();
        put_url(&mut table, "jwks_url", idp.jwks_url.as_ref());
        put(
            &mut table,
            "access_token",
            match idp.access_token {
                AccessTokenKind::Verify => "verify",
                AccessTokenKind::Opaque => "opaque",
            },
        );
        put(
            &mut table,
            "groups_from",
            match idp.groups_from {
                GroupsFrom::AccessToken => "access_token",
                GroupsFrom::Data => "data",
            },
        );
        put(&mut table, "groups_claim", idp.groups_claim.as_str());
        put(&mut table, "admin_groups", idp.admin_groups.clone());
        put_url(&mut table, "logout_url", idp.logout_url.as_ref());
        table.into()
    });
    root.insert("aws".into(), {
        let mut table = Table::new();
        put(&mut table, "region", aws.region.as_str());
        put_url(&mut table, "sts_endpoint", aws.sts_endpoint.as_ref());
        put_url(&mut table, "s3_endpoint", aws.s3_endpoint.as_ref());
        put_url(&mut table, "lambda_endpoint", aws.lambda_endpoint.as_ref());
        put_url(&mut table, "signin_endpoint", aws.signin_endpoint.as_ref());
        table.into()
    });
    if let Some(pool) = identity_pool {
        root.insert("identity_pool".into(), identity_pool_table(pool).into());
    }
    if let Some(issuer) = self_issued {
        root.insert("self_issued".into(), self_issued_table(issuer).into());
    }
    root.insert("sessions".into(), {
        let mut table = Table::new();
        match &sessions.store {
            Store::Sqlite { path } => {
                put(&mut table, "store", "sqlite");
                put(&mut table, "path", path.display().to_string());
            }
            Store::DynamoDb { table: name, endpoint } => {
                put(&mut table, "store", "dynamodb");
                put(&mut table, "table", name.as_str());
                put_url(&mut table, "endpoint", endpoint.as_ref());
            }
        }
        put(&mut table, "keep_days", i64::from(sessions.keep_days));
        table.into()
    });
    root.insert("revocation".into(), {
        let mut table = Table::new();
        put(&mut table, "iam", revocation.iam);
        put_url(&mut table, "iam_endpoint", revocation.iam_endpoint.as_ref());
        table.into()
    });
    root.insert("limits".into(), {
        let mut table = Table::new();
        put(&mut table, "mints_per_minute", i64::from(limits.mints_per_minute));
        table.into()
    });
    root.insert("log".into(), {
        let mut table = Table::new();
        put(&mut table, "level", log.level.as_str());
        put(
            &mut table,
            "format",
            match log.format {
                LogFormat::Text => "text",
                LogFormat::Json => "json",
            },
        );
        table.into()
    });
    root.insert("metrics".into(), {
        let mut table = Table::new();
        if let Some(listen) = metrics.listen {
            put(&mut table, "listen", listen.to_string());
        }
        table.into()
    });
    root.insert("roles".into(), Value::Array(roles.iter().map(|role| role_table(role).into()).collect()));
    root.to_string()
}

fn identity_pool_table(pool: &IdentityPool) -> Table {
    let mut table = Table::new();
    put(&mut table, "id", pool.id.as_str());
    put(&mut table, "developer_provider", pool.developer_provider.as_str());
    put_url(&mut table, "endpoint", pool.endpoint.as_ref());
    table
}

/// Says where the keys are; nothing of them.
fn self_issued_table(issuer: &SelfIssued) -> Table {
    let key_table = |key: &IssuerKey| {
        let mut table = Table::new();
        match &key.source {
            KeySource::Kms(id) => put(&mut table, "kms_key_id", id.as_str()),
            KeySource::File(path) => put(&mut table, "file", path.display().to_string()),
        }
        if let Some(at) = key.published_at {
            put(&mut table, "published_at", at.to_string());
        }
        table
    };
    let mut table = Table::new();
    put(&mut table, "issuer", issuer.issuer.as_str());
    put(&mut table, "allow_key_file", issuer.allow_key_file);
    put_url(&mut table, "kms_endpoint", issuer.kms_endpoint.as_ref());
    put(&mut table, "keys", issuer.keys.iter().map(key_table).collect::<Vec<_>>());
    table
}

fn role_table(role: &Role) -> Table {
    let mut table = Table::new();
    put(&mut table, "id", role.id.as_str());
    put(&mut table, "title", role.title.as_str());
    put(&mut table, "arn", role.arn.as_str());
    put(&mut table, "strategy", Strategy::from(&role.strategy).as_str());
    match &role.strategy {
        RoleStrategy::WebIdentity => {}
        RoleStrategy::AssumeRole { tag_claims } | RoleStrategy::SelfIssued { tag_claims } => {
            put(&mut table, "tag_claims", tag_claims.clone());
        }
        RoleStrategy::IdentityPool { flow, tag_claims } => {
            put(&mut table, "flow", flow.as_str());
            put(&mut table, "tag_claims", tag_claims.clone());
        }
    }
    put(
        &mut table,
        "groups",
        match &role.groups {
            RoleGroups::Everyone => vec!["*".to_owned()],
            RoleGroups::AnyOf(groups) => groups.clone(),
        },
    );
    put(&mut table, "duration_seconds", i64::from(role.duration_seconds));
    put(&mut table, "cap_to_access_token", role.cap_to_access_token);
    match &role.session_policy {
        SessionPolicy::Generate => put(&mut table, "session_policy", "generate"),
        SessionPolicy::Managed { policy_arns } => {
            put(&mut table, "session_policy", "managed");
            put(&mut table, "policy_arns", policy_arns.clone());
        }
        SessionPolicy::None => put(&mut table, "session_policy", "none"),
    }
    if !role.buckets.is_empty() {
        put(&mut table, "buckets", role.buckets.iter().map(bucket_table).collect::<Vec<_>>());
    }
    let functions: Vec<Table> = role
        .functions
        .iter()
        .map(|function| {
            let mut table = Table::new();
            put(&mut table, "name", function.name.as_str());
            if !function.qualifiers.is_empty() {
                put(&mut table, "qualifiers", function.qualifiers.clone());
            }
            // Whole, so that what is printed means the same without the file.
            if let Some(schema) = &function.schema {
                put(&mut table, "schema", schema.json.as_str());
            }
            table
        })
        .collect();
    if !functions.is_empty() {
        put(&mut table, "functions", functions);
    }
    table
}

fn bucket_table(bucket: &Bucket) -> Table {
    let mut table = Table::new();
    put(&mut table, "name", bucket.name.as_str());
    if let Some(region) = &bucket.region {
        put(&mut table, "region", region.as_str());
    }
    put(&mut table, "prefix", bucket.prefix.as_str());
    put(&mut table, "permissions", bucket.permissions.iter().copied().map(Permission::as_str).collect::<Vec<_>>());
    put(&mut table, "kms_keys", bucket.kms_keys.clone());
    put(
        &mut table,
        "sign",
        match bucket.sign {
            Signing::Query => "query",
            Signing::Header => "header",
        },
    );
    table
}

fn put(table: &mut Table, key: &str, value: impl Into<Value>) {
    table.insert(key.to_owned(), value.into());
}

fn put_url(table: &mut Table, key: &str, url: Option<&Url>) {
    if let Some(url) = url {
        put(table, key, url.as_str());
    }
}

impl LogLevel {
    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}
