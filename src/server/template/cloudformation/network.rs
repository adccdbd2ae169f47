//! Balancer, listener and its rules, and who reaches whom.

use super::{Plan, Stack, attribute, reference};
use crate::server::config::RoleStrategy;
use crate::server::template::yaml::COMMENT;
use serde_json::{Value, json};

/// Values that one rule's conditions may hold together (Application Load Balancers, "Quotas").
const VALUES_A_RULE: usize = 5;

pub(super) fn add(stack: &mut Stack, plan: &Plan<'_>) {
    parameters(stack);
    groups(stack, plan);
    balancer(stack, plan);
    rules(stack, plan);
    stack.output("BalancerName", "Where the host name has to point: a CNAME or an alias record", attribute("LoadBalancer", "DNSName"));
    stack.output("BalancerZone", "For an alias record in Route 53", attribute("LoadBalancer", "CanonicalHostedZoneID"));
}

fn parameters(stack: &mut Stack) {
    stack.parameter("VpcId", json!({"Type": "AWS::EC2::VPC::Id", "Description": "The VPC of balancer and portal"}));
    stack.parameter(
        "BalancerSubnets",
        json!({"Type": "List<AWS::EC2::Subnet::Id>", "Description": "Subnets of the balancer, in two zones at least: public ones for an internet-facing balancer"}),
    );
    stack.parameter(
        "PortalSubnets",
        json!({"Type": "List<AWS::EC2::Subnet::Id>", "Description": "Subnets of the portal, with a way out to AWS over 443: a NAT gateway, or public addresses"}),
    );
    stack.parameter(
        "PublicAddresses",
        json!({"Type": "String", "Default": "DISABLED", "AllowedValues": ["DISABLED", "ENABLED"],
            "Description": "Whether the portal's tasks get public addresses, where their subnets have no NAT gateway"}),
    );
    stack.parameter(
        "Scheme",
        json!({"Type": "String", "Default": "internet-facing", "AllowedValues": ["internet-facing", "internal"], "Description": "Who finds the balancer"}),
    );
    stack.parameter(
        "Clients",
        json!({"Type": "String", "Default": "0.0.0.0/0", "AllowedPattern": "^[0-9.]+/[0-9]+$", "Description": "Addresses that may connect to the balancer"}),
    );
    stack.parameter(
        "CertificateArn",
        json!({"Type": "String", "AllowedPattern": "^arn:.+:(certificate|server-certificate)/.+$",
            "Description": "Certificate of the host name, in ACM of this region"}),
    );
}

fn groups(stack: &mut Stack, plan: &Plan<'_>) {
    let port = plan.config.web.listen.port();
    let https_out = json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"});
    stack.resource("BalancerGroup", "", "AWS::EC2::SecurityGroup", json!({
        "GroupDescription": "The balancer of Vestibule",
        "VpcId": reference("VpcId"),
        "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": reference("Clients"), "Description": "People"}],
        "SecurityGroupEgress": [with(&https_out, "Description", "The user pool, to exchange codes for tokens")],
    }));
    stack.resource(
        "PortalGroup",
        "Open to the balancer and to nobody else: whoever reaches the portal directly can replay a header within its minute.",
        "AWS::EC2::SecurityGroup",
        json!({
            "GroupDescription": "The portal of Vestibule",
            "VpcId": reference("VpcId"),
            "SecurityGroupIngress": [{
                "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "Description": "The balancer",
                "SourceSecurityGroupId": attribute("BalancerGroup", "GroupId"),
            }],
            "SecurityGroupEgress": [with(&https_out, "Description", "STS, the balancer's keys, the user pool's keys, DynamoDB, IAM")],
        }),
    );
    stack.resource(
        "BalancerToPortal",
        "",
        "AWS::EC2::SecurityGroupEgress",
        json!({
            "GroupId": attribute("BalancerGroup", "GroupId"),
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "Description": "The portal",
            "DestinationSecurityGroupId": attribute("PortalGroup", "GroupId"),
        }),
    );
}

fn with(table: &Value, key: &str, value: &str) -> Value {
    let mut table = table.clone();
    table[key] = value.into();
    table
}

fn balancer(stack: &mut Stack, plan: &Plan<'_>) {
    stack.resource(
        "LoadBalancer",
        "Its ARN is what every header is signed for (alb.signers). A balancer that is made anew has another one.",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        json!({
            "Type": "application",
            "Scheme": reference("Scheme"),
            "Subnets": reference("BalancerSubnets"),
            "SecurityGroups": [attribute("BalancerGroup", "GroupId")],
            "LoadBalancerAttributes": [
                {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"},
                {"Key": "deletion_protection.enabled", "Value": "true"},
            ],
        }),
    );
    stack.resource(
        "TargetGroup",
        "TLS on the hop to the portal too (web.tls). Balancers do not verify the certificate, so the portal makes its own.",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        json!({
            "TargetType": "ip",
            "VpcId": reference("VpcId"),
            "Protocol": "HTTPS",
            "Port": plan.config.web.listen.port(),
            "HealthCheckProtocol": "HTTPS",
            "HealthCheckPath": "/healthz",
            "HealthCheckIntervalSeconds": 10,
            "HealthCheckTimeoutSeconds": 5,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 3,
            "Matcher": {"HttpCode": "200"},
            "TargetGroupAttributes": [{
                COMMENT: "No shorter than the portal's own twenty seconds for requests in flight.",
                "Key": "deregistration_delay.timeout_seconds", "Value": "30",
            }],
        }),
    );
}

/// Sign-in, then the portal.
fn signed_in(plan: &Plan<'_>, unauthenticated: &str) -> Value {
    let resource = json!({"resource": plan.config.web.public_url});
    json!([
        {
            "Type": "authenticate-cognito",
            "Order": 1,
            "AuthenticateCognitoConfig": {
                "UserPoolArn": attribute("UserPool", "Arn"),
                "UserPoolClientId": reference("AppClient"),
                "UserPoolDomain": reference("UserPoolDomain"),
                "Scope": "openid email profile",
                "SessionCookieName": plan.config.alb.cookie_name,
                "OnUnauthenticatedRequest": unauthenticated,
                "AuthenticationRequestExtraParams": {"Fn::If": ["BindsResource", resource, reference("AWS::NoValue")]},
            },
        },
        {"Type": "forward", "Order": 2, "TargetGroupArn": reference("TargetGroup")},
    ])
}

fn rules(stack: &mut Stack, plan: &Plan<'_>) {
    stack.resource(
        "Listener",
        "Pages: who is not signed in goes to the user pool, and comes back.",
        "AWS::ElasticLoadBalancingV2::Listener",
        json!({
            "LoadBalancerArn": reference("LoadBalancer"),
            "Protocol": "HTTPS",
            "Port": 443,
            "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "Certificates": [{"CertificateArn": reference("CertificateArn")}],
            "DefaultActions": signed_in(plan, "authenticate"),
        }),
    );
    let open = open_paths(plan);
    for (index, paths) in open.chunks(VALUES_A_RULE).enumerate() {
        let name = if index == 0 { "OpenPaths".to_owned() } else { format!("OpenPaths{}", index + 1) };
        let comment = "What needs no sign-in: health, the program, the page after signing out, and the documents of an issuer. No identity header reaches these.";
        let forward = json!([{"Type": "forward", "TargetGroupArn": reference("TargetGroup")}]);
        stack.resource(name, if index == 0 { comment } else { "" }, RULE, rule(10 + index, paths, forward));
    }
    stack.resource(
        "ApiPaths",
        "Calls: who is not signed in is told so (401), since a redirect to another origin would look to a page like a broken network.",
        RULE,
        rule(30, &["/api/*".to_owned()], signed_in(plan, "deny")),
    );
}

const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";

fn rule(priority: usize, paths: &[String], actions: Value) -> Value {
    json!({
        "ListenerArn": reference("Listener"),
        "Priority": priority,
        "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}],
        "Actions": actions,
    })
}

/// Path patterns that the balancer leaves open.
fn open_paths(plan: &Plan<'_>) -> Vec<String> {
    let mut open = vec![
        "/healthz".to_owned(),
        "/pkg/*".to_owned(),
        plan.config.web.signed_out_path.clone(),
        "/.well-known/*".to_owned(),
        "/favicon.*".to_owned(),
    ];
    let is_used = plan.config.roles.iter().any(|role| matches!(role.strategy, RoleStrategy::SelfIssued { .. }));
    if let (true, Some(issuer)) = (is_used, &plan.config.self_issued)
        && let Some(path) = issuer.issuer.strip_prefix(plan.config.web.public_url.as_str())
        && path.starts_with('/')
    {
        open.push(format!("{path}/.well-known/*"));
    }
    open
}
