//! The configured roles, whom they trust, and what the portal itself may do.

use super::references::References;
use super::{Plan, Stack, logical_id, reference, sub};
use crate::server::config::{PoolFlow, Role, RoleStrategy};
use crate::server::issuer::token;
use crate::server::required::{audiences, own_policy, role_policy, role_trust};
use serde_json::{Value, json};

/// Least of what IAM takes as `MaxSessionDuration`.
const SHORTEST_MAXIMUM: u32 = 3_600;

pub(super) fn add(stack: &mut Stack, plan: &Plan<'_>) {
    user_pool_provider(stack, plan);
    own_issuer(stack, plan);
    let boundaries = roles(stack, plan);
    identity_pool(stack, plan);
    portal(stack, plan, boundaries);
}

/// The roles that the stack can make: those of its own account.
fn here<'a>(plan: &'a Plan<'_>) -> impl Iterator<Item = &'a Role> {
    plan.config.roles.iter().filter(|role| plan.home.has(&role.arn))
}

fn uses(plan: &Plan<'_>, fits: fn(&RoleStrategy) -> bool) -> bool {
    plan.config.roles.iter().any(|role| fits(&role.strategy))
}

fn user_pool_provider(stack: &mut Stack, plan: &Plan<'_>) {
    if !uses(plan, |strategy| *strategy == RoleStrategy::WebIdentity) {
        return;
    }
    let audiences: Vec<Value> = audiences(&plan.references.config).map(|audience| plan.references.policy(&audience)).collect();
    stack.resource(
        "UserPoolProvider",
        "STS takes the user pool's tokens for roles of this account, for both audiences that they can have.",
        "AWS::IAM::OIDCProvider",
        json!({"Url": sub("https://${UserPool.ProviderName}"), "ClientIdList": audiences}),
    );
}

fn own_issuer(stack: &mut Stack, plan: &Plan<'_>) {
    let issued = plan.config.roles.iter().filter(|role| matches!(role.strategy, RoleStrategy::SelfIssued { .. }));
    let audiences: Vec<String> = issued.map(|role| token::audience(&role.id)).collect();
    let (Some(issuer), false) = (&plan.config.self_issued, audiences.is_empty()) else { return };
    stack.parameter(
        "IssuerAnswers",
        json!({"Type": "String", "Default": "no", "AllowedValues": ["no", "yes"],
            "Description": "Whether the issuer can be reached already. Make the stack, point the host name at the balancer, then update with yes"}),
    );
    stack.condition("IssuerAnswers", json!({"Fn::Equals": [reference("IssuerAnswers"), "yes"]}));
    let provider = stack.resource(
        "PortalProvider",
        "The portal as an issuer of its own. IAM connects to it when this is made.",
        "AWS::IAM::OIDCProvider",
        json!({"Url": issuer.issuer, "ClientIdList": audiences}),
    );
    provider["Condition"] = "IssuerAnswers".into();
}

/// Each role with the policy that is both what it may do and what it may ever do. Gives the boundaries.
fn roles(stack: &mut Stack, plan: &Plan<'_>) -> Vec<Value> {
    let known = role_trust::Known { portal: Some(References::portal_role()), ..role_trust::Known::default() };
    let mut boundaries = Vec::new();
    for role in here(plan) {
        let policy = logical_id("Policy", role.id.as_str(), &stack.resources);
        let comment = format!(
            "Role {}: what it may do, and, as its boundary too, all that it may ever do, whatever somebody adds to it later. The portal narrows each session further.",
            role.id
        );
        stack.resource(
            &policy,
            &comment,
            "AWS::IAM::ManagedPolicy",
            json!({
                "Description": format!("What the role {} of Vestibule opens", role.id),
                "PolicyDocument": plan.references.policy(&role_policy::of(&plan.references.config, role)),
            }),
        );
        let path = role.arn.as_str().split_once(":role").map_or("/", |(_, path)| path);
        let path = &path[..=path.rfind('/').unwrap_or(0)];
        let id = logical_id("Role", role.id.as_str(), &stack.resources);
        stack.resource(
            id,
            "",
            "AWS::IAM::Role",
            json!({
                "RoleName": role.arn.role_name(),
                "Path": path,
                "MaxSessionDuration": role.duration_seconds.max(SHORTEST_MAXIMUM),
                "AssumeRolePolicyDocument": plan.references.policy(&role_trust::of(&plan.references.config, role, &known)),
                "ManagedPolicyArns": [reference(&policy)],
                "PermissionsBoundary": reference(&policy),
            }),
        );
        boundaries.push(reference(&policy));
    }
    boundaries
}

fn identity_pool(stack: &mut Stack, plan: &Plan<'_>) {
    let is_pool = |strategy: &RoleStrategy| matches!(strategy, RoleStrategy::IdentityPool { .. });
    let (Some(pool), true) = (&plan.config.identity_pool, uses(plan, is_pool)) else { return };
    stack.resource(
        "IdentityPool",
        "The name of its developer provider can never be changed. The classic flow is what lets a session be narrowed.",
        "AWS::Cognito::IdentityPool",
        json!({"AllowUnauthenticatedIdentities": false, "AllowClassicFlow": true, "DeveloperProviderName": pool.developer_provider}),
    );
    let enhanced = here(plan).find(|role| matches!(role.strategy, RoleStrategy::IdentityPool { flow: PoolFlow::Enhanced, .. }));
    if let Some(role) = enhanced {
        stack.resource(
            "IdentityPoolRole",
            "",
            "AWS::Cognito::IdentityPoolRoleAttachment",
            json!({
                "IdentityPoolId": reference("IdentityPool"),
                "Roles": {"authenticated": role.arn.as_str()},
            }),
        );
    }
    stack.output("IdentityPoolId", "identity_pool.id", reference("IdentityPool"));
}

/// The role that the portal's task runs as, and the one that starts it.
fn portal(stack: &mut Stack, plan: &Plan<'_>, boundaries: Vec<Value>) {
    let partition = &plan.home.partition;
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": reference("AWS::AccountId")}},
    }]});
    let known = own_policy::Known { table: Some(References::sessions_table()), boundaries };
    let own = own_policy::of(&plan.references.config, &plan.home, &known)
        .map(|policy| json!([{"PolicyName": "portal", "PolicyDocument": plan.references.policy(&policy)}]));
    let mut properties = json!({"AssumeRolePolicyDocument": trust});
    if let Some(policies) = own {
        properties["Policies"] = policies;
    }
    stack.resource(
        "PortalRole",
        "What the portal itself may do. Tokens of people are not among it: where a role is minted by web-identity, AWS asks for the person's own.",
        "AWS::IAM::Role",
        properties,
    );
    let mut properties = json!({"AssumeRolePolicyDocument": trust});
    properties["ManagedPolicyArns"] = json!([format!("arn:{partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")]);
    stack.resource("StarterRole", "Fetches the image and writes the log; the portal never has it.", "AWS::IAM::Role", properties);
}
