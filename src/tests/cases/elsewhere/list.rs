// Vestibule, role analyst: good until 2026-11-28T21:00:00Z.
// Needs aws-sdk-s3, and tokio with the features macros and rt-multi-thread.
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};

#[tokio::main]
async fn main() -> Result<(), aws_sdk_s3::Error> {
    let credentials = Credentials::new(
        "ASIAEXAMPLE",
        "se/cret+'\"\\",
        Some("to$ken`==".to_owned()),
        None,
        "vestibule",
    );
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url("http://127.0.0.1:3002")
        .force_path_style(true)
        .credentials_provider(credentials)
        .build();
    let s3 = Client::from_conf(config);
    let mut pages = s3.list_objects_v2().bucket("reports").prefix("o'dd \"n\u{e4}me\"/").into_paginator().send();
    while let Some(page) = pages.next().await {
        for object in page?.contents() {
            println!("{}", object.key().unwrap_or_default());
        }
    }
    Ok(())
}
