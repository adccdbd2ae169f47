//! AWS partitions: which domain a partition's services live under, and where in them the portal is.

use crate::model::names::RoleArn;

/// Domain of a partition's service endpoints (AWS SDK endpoint rules, `dnsSuffix`).
#[must_use]
pub fn domain(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}

/// Where a portal is: the partition, region and account of its balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The partition: `aws`, `aws-us-gov`, …
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
}

impl Home {
    /// Where the balancer of this ARN is.
    #[must_use]
    pub fn of_balancer(signer: &str) -> Option<Self> {
        let parts: Vec<&str> = signer.splitn(6, ':').collect();
        match parts[..] {
            ["arn", partition, "elasticloadbalancing", region, account, _] => {
                Some(Self { partition: partition.to_owned(), region: region.to_owned(), account: account.to_owned() })
            }
            _ => None,
        }
    }

    /// The ARN of something here.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    /// Whether a role is of this account.
    #[must_use]
    pub fn has(&self, role: &RoleArn) -> bool {
        (role.partition(), role.account()) == (self.partition.as_str(), Some(self.account.as_str()))
    }
}
