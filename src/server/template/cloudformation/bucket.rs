//! The buckets, where the stack is told to make them.
//!
//! A stack cannot change a bucket that is there already, and most are; their rules are printed by
//! `vestibule template bucket-cors`, and `vestibule doctor` tries them.

use super::{Plan, Stack, logical_id, reference};
use crate::model::location::Permission;
use crate::server::required::bucket_cors::{self, CorsRule};
use serde_json::{Value, json};

pub(super) fn add(stack: &mut Stack, plan: &Plan<'_>) {
    if plan.config.aws.s3_endpoint.is_some() {
        return;
    }
    let is_elsewhere = |name: &str| {
        let mut places = plan.config.roles.iter().flat_map(|role| &role.buckets).filter(|bucket| bucket.name == name);
        places.any(|bucket| bucket.region.as_ref().is_some_and(|region| *region != plan.home.region))
    };
    let buckets: Vec<_> = bucket_cors::permissions(plan.config).into_iter().filter(|(name, _)| !is_elsewhere(name)).collect();
    if buckets.is_empty() {
        return;
    }
    stack.parameter(
        "MakeBuckets",
        json!({"Type": "String", "Default": "no", "AllowedValues": ["no", "yes"],
            "Description": "Whether the stack makes the configured buckets. Those that are there already get their CORS rules from vestibule template bucket-cors"}),
    );
    stack.condition("MakesBuckets", json!({"Fn::Equals": [reference("MakeBuckets"), "yes"]}));
    for (name, permissions) in buckets {
        let id = logical_id("Bucket", name, &stack.resources);
        let rules: Vec<Value> = bucket_cors::rules(plan.config, &permissions).rules.iter().map(cors_rule).collect();
        let mut properties = json!({
            "BucketName": name,
            "CorsConfiguration": {"CorsRules": rules},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        });
        if permissions.contains(&Permission::Versions) {
            properties["VersioningConfiguration"] = json!({"Status": "Enabled"});
        }
        let bucket = stack.resource(id, "", "AWS::S3::Bucket", properties);
        bucket["Condition"] = "MakesBuckets".into();
        bucket["DeletionPolicy"] = "Retain".into();
        bucket["UpdateReplacePolicy"] = "Retain".into();
    }
}

/// A rule in CloudFormation's words, which are not the API's.
fn cors_rule(rule: &CorsRule) -> Value {
    let mut written = json!({
        "AllowedOrigins": rule.allowed_origins,
        "AllowedMethods": rule.allowed_methods,
        "AllowedHeaders": rule.allowed_headers,
        "ExposedHeaders": rule.expose_headers,
    });
    if let Some(seconds) = rule.max_age_seconds {
        written["MaxAge"] = seconds.into();
    }
    written
}
