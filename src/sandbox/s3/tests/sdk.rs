//! The AWS SDK, over a socket: another's idea of what S3 answers.

use super::*;
use crate::sandbox::s3::serve;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Builder, Region};
use std::collections::BTreeSet;
use std::ops::Bound;

/// A running stand-in, and a client for it.
pub(super) async fn started(stand: &Stand, minted: Credentials) -> (Client, tokio::sync::oneshot::Sender<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let service = s3(&stand.registry, &stand.clock, vec![address.to_string()]);
    tokio::spawn(serve(listener, service, async {
        let _ = stopped.await;
    }));
    let credentials = aws_credential_types::Credentials::new(
        minted.access_key_id.as_str(),
        minted.secret_access_key.expose(),
        Some(minted.session_token.expose().to_owned()),
        None,
        "trial",
    );
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(format!("http://{address}"))
        .force_path_style(true)
        .credentials_provider(credentials)
        .build();
    (Client::from_conf(config), stop)
}

#[tokio::test]
async fn every_odd_key_lists_and_downloads_byte_for_byte() {
    let stand = Stand::new();
    let (client, _stop) = started(&stand, stand.analyst()).await;
    let seeded = seed(0);
    let expected: Vec<String> = seeded.get("odd-names").unwrap().read().entries_from(Bound::Unbounded).map(|entry| entry.key).collect();

    let mut listed = Vec::new();
    let mut pages = client.list_objects_v2().bucket("odd-names").max_keys(7).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        listed.extend(page.contents().iter().map(|object| object.key().unwrap().to_owned()));
    }
    assert_eq!(listed, expected);

    for key in &expected {
        let object = client.get_object().bucket("odd-names").key(key).send().await.unwrap_or_else(|error| panic!("{key:?}: {error:?}"));
        assert_eq!(object.content_length(), Some(key.len() as i64), "{key:?}");
        let body = object.body.collect().await.unwrap().into_bytes();
        assert_eq!(body, key.as_bytes(), "{key:?}");
        let head = client.head_object().bucket("odd-names").key(key).send().await.unwrap();
        assert_eq!(head.content_length(), Some(key.len() as i64));
    }
}

#[tokio::test]
async fn folders_and_counts() {
    let stand = Stand::new();
    let (client, _stop) = started(&stand, stand.analyst()).await;
    let page = client.list_objects_v2().bucket("reports").prefix("team/").delimiter("/").send().await.unwrap();
    let folders: BTreeSet<&str> = page.common_prefixes().iter().filter_map(|prefix| prefix.prefix()).collect();
    assert_eq!(folders, BTreeSet::from(["team/2026/", "team/many/", "team/measurements/"]));
    assert_eq!(page.key_count(), Some(7));
    assert_eq!(page.is_truncated(), Some(false));

    let mut count = 0;
    let mut pages = client.list_objects_v2().bucket("reports").prefix("team/many/").into_paginator().send();
    while let Some(page) = pages.next().await {
        count += page.unwrap().contents().len();
    }
    assert_eq!(count, 10_000);
}

#[tokio::test]
async fn the_sdk_writes_copies_and_deletes() {
    let stand = Stand::new();
    let (client, _stop) = started(&stand, stand.analyst()).await;
    let body = "naïve\n".repeat(10_000);
    // Sent in signed chunks with a checksum behind, which is the SDK's way today.
    client.put_object().bucket("empty").key("ü/+ %.txt").body(body.clone().into_bytes().into()).send().await.unwrap();
    let object = client.get_object().bucket("empty").key("ü/+ %.txt").send().await.unwrap();
    assert_eq!(object.body.collect().await.unwrap().into_bytes(), body.as_bytes());

    let source = "empty/%C3%BC/%2B%20%25.txt";
    client.copy_object().bucket("empty").key("copy").copy_source(source).send().await.unwrap();
    client.delete_object().bucket("empty").key("ü/+ %.txt").send().await.unwrap();
    let missing = client.get_object().bucket("empty").key("ü/+ %.txt").send().await.unwrap_err().into_service_error();
    assert!(missing.is_no_such_key());
    let left = client.list_objects_v2().bucket("empty").send().await.unwrap();
    assert_eq!(left.contents().iter().map(|object| object.key().unwrap()).collect::<Vec<_>>(), ["copy"]);

    assert!(client.head_bucket().bucket("empty").send().await.is_ok());
    let location = client.get_bucket_location().bucket("empty").send().await.unwrap();
    assert_eq!(location.location_constraint().map(aws_sdk_s3::types::BucketLocationConstraint::as_str), Some("eu-west-1"));
    assert!(client.head_bucket().bucket("private").send().await.is_err());
}
