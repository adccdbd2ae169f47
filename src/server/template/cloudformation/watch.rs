//! The log, and what somebody should be called for.

use super::{Plan, Stack, reference, sub};
use crate::model::error::ErrorCode;
use serde_json::{Value, json};

/// Refusals that nobody meets by using the portal as it is meant: something gets by the balancer, a balancer was made
/// anew, or another site calls.
const SUSPICIOUS: [ErrorCode; 3] = [ErrorCode::HeaderRejected, ErrorCode::TokenRejected, ErrorCode::CrossSite];
/// Mints that failed for a reason that the person cannot mend.
const BROKEN: [ErrorCode; 3] = [ErrorCode::MintMisconfigured, ErrorCode::MintUnavailable, ErrorCode::Internal];

pub(super) fn add(stack: &mut Stack, _plan: &Plan<'_>) {
    stack.parameter(
        "AlarmTopic",
        json!({"Type": "String", "Default": "", "AllowedPattern": "^$|^arn:.+:sns:.+$", "Description": "SNS topic for the alarms, where there is one"}),
    );
    stack.condition("HasAlarmTopic", json!({"Fn::Not": [{"Fn::Equals": [reference("AlarmTopic"), ""]}]}));
    let log = stack.resource(
        "Log",
        "Who minted what, who was refused, who ended whom. Kept when the stack goes.",
        "AWS::Logs::LogGroup",
        json!({"LogGroupName": sub("/vestibule/${AWS::StackName}"), "RetentionInDays": 400}),
    );
    log["DeletionPolicy"] = "Retain".into();
    log["UpdateReplacePolicy"] = "Retain".into();
    alarm(
        stack,
        "Refusals",
        "Headers or tokens that do not verify, or calls from another site: see event = refusal in the log",
        &SUSPICIOUS,
        10,
    );
    alarm(stack, "MintErrors", "Credentials that could not be minted, for no fault of the person: run vestibule doctor", &BROKEN, 5);
    stack.output("LogGroup", "The portal's log", reference("Log"));
}

/// Counts refusals with these codes, and calls when there are this many in five minutes.
fn alarm(stack: &mut Stack, name: &str, what: &str, codes: &[ErrorCode], threshold: u32) {
    let codes: Vec<String> = codes.iter().map(|code| format!("$.code = \"{}\"", code.as_str())).collect();
    let pattern = format!("{{ $.event = \"refusal\" && ({}) }}", codes.join(" || "));
    let namespace: Value = sub("Vestibule/${AWS::StackName}");
    stack.resource(
        format!("{name}Filter"),
        "",
        "AWS::Logs::MetricFilter",
        json!({
            "LogGroupName": reference("Log"),
            "FilterPattern": pattern,
            "MetricTransformations": [{"MetricNamespace": namespace, "MetricName": name, "MetricValue": "1", "DefaultValue": 0}],
        }),
    );
    stack.resource(
        format!("{name}Alarm"),
        "",
        "AWS::CloudWatch::Alarm",
        json!({
            "AlarmDescription": what,
            "Namespace": namespace,
            "MetricName": name,
            "Statistic": "Sum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": {"Fn::If": ["HasAlarmTopic", [reference("AlarmTopic")], reference("AWS::NoValue")]},
        }),
    );
}
