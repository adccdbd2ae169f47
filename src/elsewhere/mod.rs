//! Credentials as other programs take them. Text and nothing else: who asks for it says what is in place of the keys.

mod quote;

use crate::model::location::AddressingStyle;
use crate::model::role::EntitledRole;
use quote::{Code, literal};

/// A way to write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Environment variables, for `sh` and its relatives.
    Sh,
    /// The same for PowerShell.
    PowerShell,
    /// The same for fish.
    Fish,
    /// A profile of the AWS CLI's files, which all SDKs read.
    Profile,
    /// boto3.
    Python,
    /// AWS SDK for JavaScript v3.
    JavaScript,
    /// AWS SDK for Java v2.
    Java,
    /// AWS SDK for Rust.
    Rust,
}

/// What stands where the keys are not to be seen.
pub const HIDDEN: &str = "****************";

/// The keys, or what stands in their place. There is no `Debug`.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// Not a secret.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret_access_key: &'a str,
    /// The session token.
    pub session_token: &'a str,
    /// When they end, as RFC 3339 has it.
    pub expires: &'a str,
}

/// What they are for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purpose {
    /// The role's id: of letters that mean nothing anywhere.
    role: String,
    region: Option<String>,
    /// Where S3 is not AWS's, or is asked with the bucket in the path.
    s3: Option<String>,
    lambda: Option<String>,
    /// A bucket that is open, and the prefix in it.
    bucket: Option<(String, String)>,
}

impl Purpose {
    /// What this role opens.
    #[must_use]
    pub fn of(role: &EntitledRole) -> Self {
        let (bucket, function) = (role.buckets.first(), role.functions.first());
        let region = function.map(|function| &function.region).or_else(|| bucket.map(|bucket| &bucket.region)).cloned();
        let aws = |region: &str| ["https://lambda.", region, ".amazonaws."].concat();
        Self {
            role: role.id.to_string(),
            region,
            s3: bucket.filter(|bucket| bucket.style == AddressingStyle::Path).map(|bucket| bucket.endpoint.clone()),
            lambda: function
                .filter(|function| !function.endpoint.starts_with(&aws(&function.region)))
                .map(|function| function.endpoint.clone()),
            bucket: bucket.map(|bucket| (bucket.name.clone(), bucket.prefix.clone())),
        }
    }
}

impl Format {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 8] =
        [Self::Sh, Self::PowerShell, Self::Fish, Self::Profile, Self::Python, Self::JavaScript, Self::Java, Self::Rust];

    /// Its name for the page's own use.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Sh => "sh",
            Self::PowerShell => "powershell",
            Self::Fish => "fish",
            Self::Profile => "profile",
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Java => "java",
            Self::Rust => "rust",
        }
    }

    /// The text. A line of a file cannot hold everything; what AWS and its relatives give out holds no control characters,
    /// and where a value does there is no text.
    #[must_use]
    pub fn text(self, keys: Keys<'_>, purpose: &Purpose) -> Option<String> {
        let Keys { access_key_id, secret_access_key, session_token, expires } = keys;
        let plain = |value: &str| !value.chars().any(char::is_control);
        let whole = [access_key_id, secret_access_key, session_token, expires].into_iter().all(plain);
        whole.then(|| match self {
            Self::Sh => variables(keys, purpose, "export ", "=", quote::sh),
            Self::PowerShell => variables(keys, purpose, "$env:", " = ", quote::power_shell),
            Self::Fish => variables(keys, purpose, "set -gx ", " ", quote::fish),
            Self::Profile => profile(keys, purpose),
            Self::Python => python(keys, purpose),
            Self::JavaScript => java_script(keys, purpose),
            Self::Java => java(keys, purpose),
            Self::Rust => rust(keys, purpose),
        })
    }
}

/// What a comment says of them.
fn about(mark: &str, keys: Keys<'_>, purpose: &Purpose) -> String {
    [mark, " Vestibule, role ", &purpose.role, ": good until ", keys.expires, ".\n"].concat()
}

fn variables(keys: Keys<'_>, purpose: &Purpose, set: &str, to: &str, quoted: fn(&str) -> String) -> String {
    let Purpose { region, s3, lambda, .. } = purpose;
    let named = [
        ("AWS_ACCESS_KEY_ID", Some(keys.access_key_id)),
        ("AWS_SECRET_ACCESS_KEY", Some(keys.secret_access_key)),
        ("AWS_SESSION_TOKEN", Some(keys.session_token)),
        ("AWS_CREDENTIAL_EXPIRATION", Some(keys.expires)),
        // The SDKs read the first, the AWS CLI and boto3 the second.
        ("AWS_REGION", region.as_deref()),
        ("AWS_DEFAULT_REGION", region.as_deref()),
        ("AWS_ENDPOINT_URL_S3", s3.as_deref()),
        ("AWS_ENDPOINT_URL_LAMBDA", lambda.as_deref()),
    ];
    let mut text = about("#", keys, purpose);
    for (name, value) in named {
        if let Some(value) = value {
            text.push_str(&[set, name, to, &quoted(value), "\n"].concat());
        }
    }
    text
}

/// Endpoints by service stand in the other of the two files only (AWS SDKs and Tools Reference Guide, "Service-specific
/// endpoints").
fn profile(keys: Keys<'_>, purpose: &Purpose) -> String {
    let Purpose { role, region, s3, lambda, .. } = purpose;
    let line = |name: &str, value: &str| [name, " = ", value, "\n"].concat();
    let mut text = about("# ~/.aws/credentials\n#", keys, purpose);
    text.push_str(&["[vestibule-", role, "]\n"].concat());
    text.push_str(&line("aws_access_key_id", keys.access_key_id));
    text.push_str(&line("aws_secret_access_key", keys.secret_access_key));
    text.push_str(&line("aws_session_token", keys.session_token));
    if region.is_none() && s3.is_none() && lambda.is_none() {
        return text;
    }
    text.push_str(&["\n# ~/.aws/config\n[profile vestibule-", role, "]\n"].concat());
    if let Some(region) = region {
        text.push_str(&line("region", region));
    }
    if s3.is_some() || lambda.is_some() {
        text.push_str(&["services = vestibule-", role, "\n\n[services vestibule-", role, "]\n"].concat());
    }
    for (service, endpoint) in [("s3", s3), ("lambda", lambda)] {
        if let Some(endpoint) = endpoint {
            text.push_str(&[service, " =\n  ", &line("endpoint_url", endpoint)].concat());
        }
    }
    text
}

fn python(keys: Keys<'_>, purpose: &Purpose) -> String {
    let quoted = |value: &str| literal(Code::Python, value);
    let Purpose { region, s3, bucket, .. } = purpose;
    let region = region.as_ref().map(|region| ["    region_name=", &quoted(region), ",\n"].concat()).unwrap_or_default();
    let endpoint = s3.as_ref().map(|endpoint| [", endpoint_url=", &quoted(endpoint)].concat()).unwrap_or_default();
    let list = bucket.as_ref().map(|(bucket, prefix)| {
        [
            "for page in s3.get_paginator(\"list_objects_v2\").paginate(Bucket=",
            &quoted(bucket),
            ", Prefix=",
            &quoted(prefix),
            "):\n    for item in page.get(\"Contents\", []):\n        print(item[\"Key\"])\n",
        ]
        .concat()
    });
    [
        &*about("#", keys, purpose),
        "import boto3\n\nsession = boto3.Session(\n    aws_access_key_id=",
        &quoted(keys.access_key_id),
        ",\n    aws_secret_access_key=",
        &quoted(keys.secret_access_key),
        ",\n    aws_session_token=",
        &quoted(keys.session_token),
        ",\n",
        &region,
        ")\ns3 = session.client(\"s3\"",
        &endpoint,
        ")\n",
        &list.unwrap_or_default(),
    ]
    .concat()
}

fn java_script(keys: Keys<'_>, purpose: &Purpose) -> String {
    let quoted = |value: &str| literal(Code::JavaScript, value);
    let Purpose { region, s3, bucket, .. } = purpose;
    let names = if bucket.is_some() { "S3Client, paginateListObjectsV2" } else { "S3Client" };
    let region = region.as_ref().map(|region| ["  region: ", &quoted(region), ",\n"].concat()).unwrap_or_default();
    let endpoint =
        s3.as_ref().map(|endpoint| ["  endpoint: ", &quoted(endpoint), ",\n  forcePathStyle: true,\n"].concat()).unwrap_or_default();
    let list = bucket.as_ref().map(|(bucket, prefix)| {
        [
            "for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: ",
            &quoted(bucket),
            ", Prefix: ",
            &quoted(prefix),
            " })) {\n  for (const { Key } of page.Contents ?? []) console.log(Key);\n}\n",
        ]
        .concat()
    });
    [
        &*about("//", keys, purpose),
        "import { ",
        names,
        " } from \"@aws-sdk/client-s3\";\n\nconst s3 = new S3Client({\n",
        &region,
        &endpoint,
        "  credentials: {\n    accessKeyId: ",
        &quoted(keys.access_key_id),
        ",\n    secretAccessKey: ",
        &quoted(keys.secret_access_key),
        ",\n    sessionToken: ",
        &quoted(keys.session_token),
        ",\n    expiration: new Date(",
        &quoted(keys.expires),
        "),\n  },\n});\n",
        &list.unwrap_or_default(),
    ]
    .concat()
}

fn java(keys: Keys<'_>, purpose: &Purpose) -> String {
    let quoted = |value: &str| literal(Code::Java, value);
    let Purpose { region, s3, bucket, .. } = purpose;
    let indent = "                ";
    let region_line = region.as_ref().map(|region| [indent, ".region(Region.of(", &quoted(region), "))\n"].concat()).unwrap_or_default();
    let endpoint = s3
        .as_ref()
        .map(|endpoint| [indent, ".endpointOverride(URI.create(", &quoted(endpoint), "))\n", indent, ".forcePathStyle(true)\n"].concat())
        .unwrap_or_default();
    let list = bucket.as_ref().map(|(bucket, prefix)| {
        [
            "            s3.listObjectsV2Paginator(request -> request.bucket(",
            &quoted(bucket),
            ").prefix(",
            &quoted(prefix),
            "))\n                    .contents()\n                    .forEach(object -> System.out.println(object.key()));\n",
        ]
        .concat()
    });
    [
        &*about("//", keys, purpose),
        "// Needs software.amazon.awssdk:s3.\n",
        if s3.is_some() { "import java.net.URI;\n" } else { "" },
        "import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;\n",
        "import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;\n",
        if region.is_some() { "import software.amazon.awssdk.regions.Region;\n" } else { "" },
        "import software.amazon.awssdk.services.s3.S3Client;\n\nclass ListObjects {\n",
        "    public static void main(String[] arguments) {\n        var credentials = AwsSessionCredentials.create(\n                ",
        &quoted(keys.access_key_id),
        ",\n                ",
        &quoted(keys.secret_access_key),
        ",\n                ",
        &quoted(keys.session_token),
        ");\n        try (var s3 = S3Client.builder()\n",
        &region_line,
        &endpoint,
        "                .credentialsProvider(StaticCredentialsProvider.create(credentials))\n                .build()) {\n",
        &list.unwrap_or_default(),
        "        }\n    }\n}\n",
    ]
    .concat()
}

fn rust(keys: Keys<'_>, purpose: &Purpose) -> String {
    let quoted = |value: &str| literal(Code::Rust, value);
    let Purpose { region, s3, bucket, .. } = purpose;
    let region_line = region.as_ref().map(|region| ["        .region(Region::new(", &quoted(region), "))\n"].concat()).unwrap_or_default();
    let endpoint = s3
        .as_ref()
        .map(|endpoint| ["        .endpoint_url(", &quoted(endpoint), ")\n        .force_path_style(true)\n"].concat())
        .unwrap_or_default();
    let list = bucket.as_ref().map_or_else(
        || "    let _s3 = Client::from_conf(config);\n".to_owned(),
        |(bucket, prefix)| {
            [
                "    let s3 = Client::from_conf(config);\n    let mut pages = s3.list_objects_v2().bucket(",
                &quoted(bucket),
                ").prefix(",
                &quoted(prefix),
                ").into_paginator().send();\n    while let Some(page) = pages.next().await {\n        for object in page?.contents() {\n            \
                 println!(\"{}\", object.key().unwrap_or_default());\n        }\n    }\n",
            ]
            .concat()
        },
    );
    [
        &*about("//", keys, purpose),
        "// Needs aws-sdk-s3, and tokio with the features macros and rt-multi-thread.\nuse aws_sdk_s3::Client;\n",
        if region.is_some() {
            "use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};\n"
        } else {
            "use aws_sdk_s3::config::{BehaviorVersion, Credentials};\n"
        },
        "\n#[tokio::main]\nasync fn main() -> Result<(), aws_sdk_s3::Error> {\n    let credentials = Credentials::new(\n        ",
        &quoted(keys.access_key_id),
        ",\n        ",
        &quoted(keys.secret_access_key),
        ",\n        Some(",
        &quoted(keys.session_token),
        ".to_owned()),\n        None,\n        \"vestibule\",\n    );\n    let config = aws_sdk_s3::Config::builder()\n        \
         .behavior_version(BehaviorVersion::latest())\n",
        &region_line,
        &endpoint,
        "        .credentials_provider(credentials)\n        .build();\n",
        &list,
        "    Ok(())\n}\n",
    ]
    .concat()
}

#[cfg(test)]
mod tests;
