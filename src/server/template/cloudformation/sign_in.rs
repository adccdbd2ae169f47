//! The user pool: who people are, by Salesforce's word, and what their tokens say.

use super::{Plan, Stack, attribute, logical_id, reference, sub};
use crate::server::config::{Config, GroupsFrom, RoleGroups};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The claim in which Cognito lists groups by itself.
const COGNITO_GROUPS: &str = "cognito:groups";

/// A trigger that adds the audience, V2 or later: the app client is the one value that Cognito takes there.
const ADD_AUDIENCE: &str = r#"def handler(event, context):
    audience = {"aud": event["callerContext"]["clientId"]}
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "accessTokenGeneration": {"claimsToAddOrOverride": audience}
    }
    return event
"#;

pub(super) fn add(stack: &mut Stack, plan: &Plan<'_>) {
    parameters(stack);
    pool(stack, plan);
    salesforce(stack);
    client(stack, plan);
    trigger(stack, plan);
    groups(stack, plan);
    stack.output("Issuer", "alb.issuer", sub("https://${UserPool.ProviderName}"));
    stack.output("Client", "alb.clients", reference("AppClient"));
    stack.output("LogoutUrl", "idp.logout_url", logout_url(plan));
    stack.output(
        "SalesforceCallback",
        "Callback URL for the connected app in Salesforce",
        sub(format!("{}/oauth2/idpresponse", domain(plan))),
    );
}

fn parameters(stack: &mut Stack) {
    stack.parameter(
        "LoginDomain",
        json!({"Type": "String", "AllowedPattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "Description": "Prefix of the sign-in page's host name, unique in the region, without aws, amazon and cognito"}),
    );
    stack.parameter(
        "SalesforceIssuer",
        json!({"Type": "String", "AllowedPattern": "^https://[^/]+(/.+)?$",
            "Description": "issuer of Salesforce's discovery document, such as https://company.my.salesforce.com"}),
    );
    stack.parameter("SalesforceClientId", json!({"Type": "String", "Description": "Consumer key of the connected app in Salesforce"}));
    stack.parameter(
        "SalesforceSecret",
        json!({"Type": "String", "AllowedPattern": "^arn:.+:secretsmanager:.+$",
            "Description": "ARN of a secret in Secrets Manager whose key client_secret is the connected app's consumer secret"}),
    );
    stack.parameter(
        "Audience",
        json!({"Type": "String", "Default": "resource", "AllowedValues": ["resource", "trigger"],
            "Description": "How access tokens get the audience that STS asks for: bound to the portal as a resource, or by a pre-token trigger"}),
    );
    stack.condition("BindsResource", json!({"Fn::Equals": [reference("Audience"), "resource"]}));
    stack.condition("AddsAudience", json!({"Fn::Equals": [reference("Audience"), "trigger"]}));
}

fn pool(stack: &mut Stack, plan: &Plan<'_>) {
    let lambda_config = json!({"PreTokenGenerationConfig": {"LambdaArn": attribute("AudienceTrigger", "Arn"), "LambdaVersion": "V2_0"}});
    let pool = stack.resource(
        "UserPool",
        "Essentials has managed login, resource binding and triggers of version 2; Lite has none of them.",
        "AWS::Cognito::UserPool",
        json!({
            "UserPoolName": sub("${AWS::StackName}"),
            "UserPoolTier": "ESSENTIALS",
            "DeletionProtection": "ACTIVE",
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true},
            "LambdaConfig": {"Fn::If": ["AddsAudience", lambda_config, reference("AWS::NoValue")]},
        }),
    );
    pool["DeletionPolicy"] = "Retain".into();
    pool["UpdateReplacePolicy"] = "Retain".into();
    stack.resource(
        "UserPoolDomain",
        "",
        "AWS::Cognito::UserPoolDomain",
        json!({
            "UserPoolId": reference("UserPool"),
            "Domain": reference("LoginDomain"),
            "ManagedLoginVersion": 2,
        }),
    );
    stack.resource(
        "PortalAsResource",
        "The portal as a resource that tokens can be bound to: their aud is then its address.",
        "AWS::Cognito::UserPoolResourceServer",
        json!({"UserPoolId": reference("UserPool"), "Identifier": plan.config.web.public_url, "Name": "Vestibule"}),
    );
}

fn salesforce(stack: &mut Stack) {
    stack.resource(
        "Salesforce",
        "The secret stands in Secrets Manager, and in neither this template nor a parameter. Salesforce's sub is a URL; Cognito keeps it as the name of the federated user, and has a subject of its own for tokens.",
        "AWS::Cognito::UserPoolIdentityProvider",
        json!({
            "UserPoolId": reference("UserPool"),
            "ProviderName": "Salesforce",
            "ProviderType": "OIDC",
            "ProviderDetails": {
                "client_id": reference("SalesforceClientId"),
                "client_secret": sub("{{resolve:secretsmanager:${SalesforceSecret}:SecretString:client_secret}}"),
                "oidc_issuer": reference("SalesforceIssuer"),
                "authorize_scopes": "openid email profile",
                "attributes_request_method": "GET",
            },
            "AttributeMapping": {"username": "sub", "email": "email", "email_verified": "email_verified", "name": "name"},
        }),
    );
}

fn client(stack: &mut Stack, plan: &Plan<'_>) {
    let client = stack.resource(
        "AppClient",
        "The balancer signs people in with it, so it has a secret, which the balancer asks Cognito for. Groups and ends hold from the next access token on: an hour at most.",
        "AWS::Cognito::UserPoolClient",
        json!({
            "UserPoolId": reference("UserPool"),
            "ClientName": "balancer",
            "GenerateSecret": true,
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid", "email", "profile"],
            "CallbackURLs": [format!("{}/oauth2/idpresponse", plan.config.web.public_url)],
            "LogoutURLs": [format!("{}{}", plan.config.web.public_url, plan.config.web.signed_out_path)],
            "SupportedIdentityProviders": [reference("Salesforce")],
            "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
            "PreventUserExistenceErrors": "ENABLED",
            "EnableTokenRevocation": true,
            "AccessTokenValidity": 60,
            "IdTokenValidity": 60,
            "RefreshTokenValidity": 720,
            "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "minutes"},
        }),
    );
    client["DependsOn"] = "PortalAsResource".into();
    stack.resource(
        "LoginStyle",
        "Managed login shows nothing to an app client without a style.",
        "AWS::Cognito::ManagedLoginBranding",
        json!({"UserPoolId": reference("UserPool"), "ClientId": reference("AppClient"), "UseCognitoProvidedValues": true}),
    );
}

fn trigger(stack: &mut Stack, plan: &Plan<'_>) {
    let partition = &plan.home.partition;
    let role = stack.resource(
        "AudienceTriggerRole",
        "",
        "AWS::IAM::Role",
        json!({
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
            ]},
            "ManagedPolicyArns": [format!("arn:{partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")],
        }),
    );
    role["Condition"] = "AddsAudience".into();
    let function = stack.resource(
        "AudienceTrigger",
        "The other way to an audience, where tokens cannot be bound to a resource: aud becomes the app client.",
        "AWS::Lambda::Function",
        json!({
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": attribute("AudienceTriggerRole", "Arn"),
            "Timeout": 5,
            "Code": {"ZipFile": ADD_AUDIENCE},
        }),
    );
    function["Condition"] = "AddsAudience".into();
    let permission = stack.resource(
        "AudienceTriggerPermission",
        "",
        "AWS::Lambda::Permission",
        json!({
            "FunctionName": reference("AudienceTrigger"),
            "Action": "lambda:InvokeFunction",
            "Principal": "cognito-idp.amazonaws.com",
            "SourceArn": attribute("UserPool", "Arn"),
        }),
    );
    permission["Condition"] = "AddsAudience".into();
}

/// The groups that the configuration names, where the pool is the one who lists them.
pub(super) fn groups_of(config: &Config) -> BTreeSet<&str> {
    if config.idp.groups_from != GroupsFrom::AccessToken || config.idp.groups_claim != COGNITO_GROUPS {
        return BTreeSet::new();
    }
    let of_roles = config.roles.iter().flat_map(|role| match &role.groups {
        RoleGroups::Everyone => &[][..],
        RoleGroups::AnyOf(groups) => groups,
    });
    of_roles.chain(&config.idp.admin_groups).map(String::as_str).collect()
}

fn groups(stack: &mut Stack, plan: &Plan<'_>) {
    for name in groups_of(plan.config) {
        let id = logical_id("Group", name, &stack.resources);
        stack.resource(id, "", "AWS::Cognito::UserPoolGroup", json!({"UserPoolId": reference("UserPool"), "GroupName": name}));
    }
}

/// Where the sign-in page is. In GovCloud it is on the FIPS host (Amazon Cognito, "AWS GovCloud (US)").
fn domain(plan: &Plan<'_>) -> String {
    let service = if plan.home.partition == "aws-us-gov" { "auth-fips" } else { "auth" };
    format!("https://${{LoginDomain}}.{service}.{}.amazoncognito.com", plan.home.region)
}

/// Where signing out leads: the configured page, or the user pool's own.
pub(super) fn logout_url(plan: &Plan<'_>) -> Value {
    match &plan.config.idp.logout_url {
        Some(url) => url.as_str().into(),
        None => {
            let back = format!("https%3A%2F%2F{}{}", plan.host, plan.config.web.signed_out_path.replace('/', "%2F"));
            sub(format!("{}/logout?client_id=${{AppClient}}&logout_uri={back}", domain(plan)))
        }
    }
}
