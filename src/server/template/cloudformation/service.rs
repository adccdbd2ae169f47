//! The portal in Fargate: its image, its environment, its table and its log.

use super::sign_in::logout_url;
use super::{Plan, Stack, attribute, reference, sub};
use crate::server::config::{RoleStrategy, Store};
use crate::server::template::dockerfile::{CONFIGURATION, PROGRAM, USER};
use serde_json::{Map, Value, json};

/// The table of the sessions, as the handbook has it for the AWS CLI and as the tests of the store make it.
const TABLE: &str = include_str!("../../../docs/sessions-table.json");
/// The attribute by which the store lets records expire.
const TIME_TO_LIVE: &str = "ttl";

pub(super) fn add(stack: &mut Stack, plan: &Plan<'_>) {
    parameters(stack);
    table(stack, plan);
    stack.resource("Cluster", "", "AWS::ECS::Cluster", json!({"ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}]}));
    task(stack, plan);
    let service = stack.resource(
        "Service",
        "Two tasks in two zones; a deployment whose tasks do not become healthy is taken back.",
        "AWS::ECS::Service",
        json!({
            "Cluster": reference("Cluster"),
            "TaskDefinition": reference("Task"),
            "LaunchType": "FARGATE",
            "DesiredCount": reference("Tasks"),
            "HealthCheckGracePeriodSeconds": 30,
            "DeploymentConfiguration": {
                "MinimumHealthyPercent": 100, "MaximumPercent": 200, "DeploymentCircuitBreaker": {"Enable": true, "Rollback": true},
            },
            "NetworkConfiguration": {"AwsvpcConfiguration": {
                "Subnets": reference("PortalSubnets"),
                "SecurityGroups": [attribute("PortalGroup", "GroupId")],
                "AssignPublicIp": reference("PublicAddresses"),
            }},
            "LoadBalancers": [{
                "ContainerName": "portal", "ContainerPort": plan.config.web.listen.port(), "TargetGroupArn": reference("TargetGroup"),
            }],
        }),
    );
    // A service takes no target group that no listener forwards to.
    service["DependsOn"] = json!(["Listener", "ApiPaths", "OpenPaths"]);
    stack.output("Signer", "alb.signers", reference("LoadBalancer"));
}

fn parameters(stack: &mut Stack) {
    stack
        .parameter("Image", json!({"Type": "String", "Description": "The image that vestibule template dockerfile builds, by its digest"}));
    stack.parameter(
        "Architecture",
        json!({"Type": "String", "Default": "X86_64", "AllowedValues": ["X86_64", "ARM64"], "Description": "What the image was built for"}),
    );
    stack.parameter("Tasks", json!({"Type": "Number", "Default": 2, "MinValue": 1, "MaxValue": 20, "Description": "How many portals run"}));
}

fn table(stack: &mut Stack, plan: &Plan<'_>) {
    let mut properties: Value = serde_json::from_str(TABLE).expect("a test reads it");
    if let Store::DynamoDb { table, .. } = &plan.config.sessions.store {
        properties["TableName"] = table.as_str().into();
    }
    properties["TimeToLiveSpecification"] = json!({"AttributeName": TIME_TO_LIVE, "Enabled": true});
    properties["PointInTimeRecoverySpecification"] = json!({"PointInTimeRecoveryEnabled": true});
    properties["SSESpecification"] = json!({"SSEEnabled": true});
    properties["DeletionProtectionEnabled"] = true.into();
    let table = stack.resource(
        "SessionsTable",
        "Sessions and blocks; never a secret. Blocks have no time to live. Kept when the stack goes.",
        "AWS::DynamoDB::Table",
        properties,
    );
    table["DeletionPolicy"] = "Retain".into();
    table["UpdateReplacePolicy"] = "Retain".into();
}

/// What the configuration in the image cannot know, laid over it.
fn environment(plan: &Plan<'_>) -> Vec<Value> {
    let mut variables = vec![
        // Anywhere but where the roles are meant to be there is no such entry, and the stack fails.
        ("AWS__REGION", json!({"Fn::FindInMap": ["Home", reference("AWS::Region"), reference("AWS::AccountId")]})),
        ("ALB__SIGNERS", reference("LoadBalancer")),
        ("ALB__CLIENTS", reference("AppClient")),
        ("ALB__ISSUER", sub("https://${UserPool.ProviderName}")),
        ("IDP__LOGOUT_URL", logout_url(plan)),
    ];
    if plan.config.roles.iter().any(|role| matches!(role.strategy, RoleStrategy::IdentityPool { .. })) {
        variables.push(("IDENTITY_POOL__ID", reference("IdentityPool")));
    }
    variables.into_iter().map(|(name, value)| json!({"Name": format!("VESTIBULE_{name}"), "Value": value})).collect()
}

fn task(stack: &mut Stack, plan: &Plan<'_>) {
    let port = plan.config.web.listen.port();
    let log: Map<String, Value> = [
        ("awslogs-group", reference("Log")),
        ("awslogs-region", plan.home.region.as_str().into()),
        ("awslogs-stream-prefix", "portal".into()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into_iter()
    .collect();
    stack.resource(
        "Task",
        "No secret stands in the environment: the portal has none of its own but what its role gives it. The image is read only, and nothing in it is root.",
        "AWS::ECS::TaskDefinition",
        json!({
            "Family": sub("${AWS::StackName}"),
            "RequiresCompatibilities": ["FARGATE"],
            "NetworkMode": "awsvpc",
            "Cpu": "512",
            "Memory": "1024",
            "RuntimePlatform": {"CpuArchitecture": reference("Architecture"), "OperatingSystemFamily": "LINUX"},
            "ExecutionRoleArn": attribute("StarterRole", "Arn"),
            "TaskRoleArn": attribute("PortalRole", "Arn"),
            "ContainerDefinitions": [{
                "Name": "portal",
                "Image": reference("Image"),
                "Essential": true,
                "User": USER,
                "ReadonlyRootFilesystem": true,
                "LinuxParameters": {"Capabilities": {"Drop": ["ALL"]}},
                "PortMappings": [{"ContainerPort": port, "Protocol": "tcp"}],
                "Environment": environment(plan),
                "HealthCheck": {
                    "Command": ["CMD", PROGRAM, "health", "--config", CONFIGURATION],
                    "Interval": 15, "Timeout": 5, "Retries": 3, "StartPeriod": 10,
                },
                "StopTimeout": 60,
                "LogConfiguration": {"LogDriver": "awslogs", "Options": log},
            }],
        }),
    );
}
