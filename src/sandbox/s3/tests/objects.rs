//! Objects and listings as they go over the wire.

use super::*;

#[tokio::test]
async fn ranges_and_conditions() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    let get = |headers: &'static [(&'static str, &'static str)]| {
        let request = Draft { headers, ..list("/odd-names/plain.txt") };
        stand.ask(request.signed(&analyst))
    };
    let (status, headers, body) = get(&[]).await;
    assert_eq!((status, body.as_str()), (200, "plain.txt"));
    // MD5 of the body, in quotes.
    assert_eq!(headers["etag"], format!("\"{}\"", hex::encode(<md5::Md5 as md5::Digest>::digest("plain.txt"))));
    assert_eq!(
        (&headers["accept-ranges"], &headers["content-type"]),
        (&"bytes".parse().unwrap(), &"text/plain; charset=utf-8".parse().unwrap())
    );
    assert_eq!(headers["last-modified"], "Fri, 20 Nov 2026 16:40:00 GMT");

    let (status, headers, body) = get(&[("range", "bytes=2-4")]).await;
    assert_eq!((status, body.as_str(), headers["content-range"].to_str().unwrap()), (206, "ain", "bytes 2-4/9"));
    assert_eq!(headers["content-length"], "3");
    assert_eq!(get(&[("range", "bytes=6-100")]).await.2, "txt");
    assert_eq!(get(&[("range", "bytes=-3")]).await.2, "txt");
    let (status, headers, body) = get(&[("range", "bytes=9-")]).await;
    assert_eq!((status, element(&body, "Code"), headers["content-range"].to_str().unwrap()), (416, "InvalidRange", "bytes */9"));

    assert_eq!(get(&[("if-none-match", "\"other\"")]).await.0, 200);
    assert_eq!(get(&[("if-match", "\"other\"")]).await.0, 412);
    let current = get(&[]).await.1["etag"].to_str().unwrap().to_owned();
    let matching = [("if-none-match", current.as_str())];
    let (status, headers, body) = stand.ask(Draft { headers: &matching, ..list("/odd-names/plain.txt") }.signed(&analyst)).await;
    assert_eq!((status, body.as_str(), headers["etag"].to_str().unwrap()), (304, "", current.as_str()));
}

#[tokio::test]
async fn downloads_can_be_named() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    let target = "/odd-names/plain.txt?response-content-disposition=attachment%3B%20filename%3D%22x.txt%22&response-content-type=application%2Foctet-stream";
    let request = Draft { place: crate::sandbox::trial::Place::Query(60), ..list(target) };
    let (status, headers, _) = stand.ask(request.signed(&analyst)).await;
    assert_eq!((status, &headers["content-disposition"]), (200, &"attachment; filename=\"x.txt\"".parse().unwrap()));
    assert_eq!(headers["content-type"], "application/octet-stream");
    assert_eq!(headers.get_all("content-type").iter().count(), 1);
}

#[tokio::test]
async fn a_listing_as_s3_writes_it() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    let (_, _, body) = stand.ask(list("/synthetic?list-type=2&delimiter=%2F").signed(&analyst)).await;
    assert_eq!(element(element(&body, "CommonPrefixes"), "Prefix"), "big/");
    assert_eq!((element(&body, "KeyCount"), element(&body, "IsTruncated"), element(&body, "MaxKeys")), ("1", "false", "1000"));

    let mut seen = 0;
    let mut target = "/synthetic?list-type=2&prefix=big%2F&max-keys=5000".to_owned();
    loop {
        let (status, _, body) = stand.ask(list(&target).signed(&analyst)).await;
        assert_eq!((status, element(&body, "MaxKeys")), (200, "1000"));
        seen += body.matches("<Contents>").count();
        let token = element(&body, "NextContinuationToken");
        assert_eq!(element(&body, "IsTruncated") == "true", !token.is_empty());
        if token.is_empty() {
            break;
        }
        target = format!("/synthetic?list-type=2&prefix=big%2F&continuation-token={token}");
    }
    assert_eq!(seen, 2_500);

    for target in
        ["/empty?list-type=2&continuation-token=made-up", "/empty?list-type=2&encoding-type=rot13", "/empty?list-type=2&max-keys=-1"]
    {
        assert_eq!(stand.refusal(list(target).signed(&analyst)).await, refused(400, "InvalidArgument"), "{target}");
    }
    let (_, _, body) = stand.ask(list("/odd-names?list-type=2&prefix=with%20space&encoding-type=url").signed(&analyst)).await;
    assert_eq!((element(&body, "Key"), element(&body, "EncodingType")), ("with+space.txt", "url"));
    let (_, _, body) = stand.ask(list("/empty?list-type=2").signed(&analyst)).await;
    assert_eq!((element(&body, "KeyCount"), body.contains("<Contents>")), ("0", false));
}

#[tokio::test]
async fn put_copy_and_delete() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    let put =
        Draft { body: b"hello", headers: &[("content-type", "text/x-new"), ("x-amz-meta-by", "ada")], ..Draft::s3("PUT", "/empty/a%20b") };
    assert_eq!(stand.ask(put.signed(&analyst)).await.0, 200);
    let (_, headers, body) = stand.ask(list("/empty/a%20b").signed(&analyst)).await;
    assert_eq!(
        (body.as_str(), &headers["content-type"], &headers["x-amz-meta-by"]),
        ("hello", &"text/x-new".parse().unwrap(), &"ada".parse().unwrap())
    );

    let once = Draft { headers: &[("if-none-match", "*")], ..Draft::s3("PUT", "/empty/a%20b") };
    assert_eq!(stand.refusal(once.signed(&analyst)).await, refused(412, "PreconditionFailed"));
    let tagged = Draft { headers: &[("x-amz-tagging", "a=b")], ..Draft::s3("PUT", "/empty/tagged") };
    assert_eq!(stand.refusal(tagged.signed(&analyst)).await, refused(403, "AccessDenied"), "it may not write tags");
    assert_eq!(stand.ask(list("/odd-names/plain.txt?tagging").signed(&analyst)).await.0, 200);
    let locked = Draft { headers: &[("x-amz-object-lock-legal-hold", "ON")], ..Draft::s3("PUT", "/empty/locked") };
    assert_eq!(stand.refusal(locked.signed(&analyst)).await, refused(501, "NotImplemented"));

    let copy = Draft { headers: &[("x-amz-copy-source", "/empty/a%20b")], ..Draft::s3("PUT", "/empty/c/d") };
    assert_eq!(stand.ask(copy.signed(&analyst)).await.0, 200);
    assert_eq!(stand.ask(Draft::s3("DELETE", "/empty/a%20b").signed(&analyst)).await.0, 204);
    assert_eq!(stand.refusal(list("/empty/a%20b").signed(&analyst)).await, refused(404, "NoSuchKey"));
    let (_, headers, body) = stand.ask(list("/empty/c/d").signed(&analyst)).await;
    assert_eq!((body.as_str(), &headers["content-type"]), ("hello", &"text/x-new".parse().unwrap()));
}

#[tokio::test]
async fn many_are_deleted_key_by_key() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    let body = br#"<Delete><Object><Key>team/plan.txt</Key></Object><Object><Key>README.md</Key></Object><Object><Key>team/never-there</Key></Object></Delete>"#;
    let digest = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, <md5::Md5 as md5::Digest>::digest(body));
    let headers = [("content-md5", digest.as_str()), ("content-length", &body.len().to_string())];
    let delete = Draft { body, headers: &headers, ..Draft::s3("POST", "/reports?delete") };
    let (status, _, answer) = stand.ask(delete.signed(&analyst)).await;
    assert_eq!((status, answer.matches("<Deleted>").count()), (200, 2), "{answer}");
    assert_eq!((element(element(&answer, "Error"), "Key"), element(&answer, "Code")), ("README.md", "AccessDenied"));
    let all = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let all = issue(&stand.registry, &*stand.clock, all, None);
    assert_eq!(stand.ask(list("/reports/README.md").signed(&all)).await.0, 200);
    assert_eq!(stand.refusal(list("/reports/team/plan.txt").signed(&all)).await, refused(404, "NoSuchKey"));
}
