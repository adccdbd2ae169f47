//! The handbook's sample in Rust, run as it stands.

#[expect(unreachable_pub, reason = "it stands as it would in a program of its own")]
#[path = "../docs/samples/list.rs"]
mod list;

use crate::sts::{ACCESS_KEY_ID, SESSION_TOKEN, Sts};
use axum::Router;
use axum::extract::Request;
use std::process::Command;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const SUBJECT: &str = "b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41";
const TOKEN: &str = "the-persons-own-access-token";
const PAGE: &str = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>reports</Name><Prefix>team/</Prefix><KeyCount>1</KeyCount>\
                    <MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents><Key>team/plan.txt</Key><Size>5</Size></Contents></ListBucketResult>";

/// Where the SDK asks is in its environment, so the sample runs in a process of its own: this program again.
#[tokio::test]
async fn the_sample_takes_the_role_with_the_persons_token_and_lists_the_bucket() {
    let sts = Sts::start().await;
    let asked: Arc<Mutex<Vec<(String, String, String)>>> = Arc::default();
    let seen = Arc::clone(&asked);
    let answer = move |request: Request| {
        let header = |name| request.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        seen.lock().unwrap().push((request.uri().to_string(), header("authorization"), header("x-amz-security-token")));
        async { PAGE }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let s3 = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });

    let mut sample = Command::new(std::env::current_exe().unwrap());
    sample
        .args(["samples::in_a_process_of_its_own", "--exact", "--ignored", "--nocapture"])
        .env("AWS_ENDPOINT_URL_STS", sts.url.as_str())
        .env("AWS_ENDPOINT_URL_S3", s3)
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let run = tokio::task::spawn_blocking(move || sample.output().unwrap()).await.unwrap();

    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("listed [\"team/plan.txt\"]"), "{said}{}", String::from_utf8_lossy(&run.stderr));
    let call = &sts.asked()[0];
    assert_eq!((call["RoleSessionName"].as_str(), call["WebIdentityToken"].as_str()), (SUBJECT, TOKEN));
    let asked = asked.lock().unwrap();
    let [(uri, authorization, token)] = &asked[..] else { panic!("{asked:?}") };
    assert!(uri.starts_with("/reports") && uri.contains("prefix=team%2F"), "{uri}");
    assert!(authorization.contains(&format!("Credential={ACCESS_KEY_ID}/")), "{authorization}");
    assert_eq!(token, SESSION_TOKEN);
}

#[tokio::test]
#[ignore = "run by the test above, which says where STS and S3 are"]
async fn in_a_process_of_its_own() {
    println!("listed {:?}", list::listed(SUBJECT, TOKEN).await.unwrap());
}
