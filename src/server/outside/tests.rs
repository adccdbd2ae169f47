use super::*;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that answers each path in its own way, and the number of connections it had.
async fn server() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut request = [0; 1_024];
                let read = stream.read(&mut request).await.unwrap();
                let path = String::from_utf8_lossy(&request[..read]).split(' ').nth(1).unwrap().to_owned();
                let end = "Connection: close\r\n\r\n";
                let answer = match path.as_str() {
                    "/good" => format!("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n{end}good"),
                    "/limit" => format!("HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n{end}{}", "x".repeat(4_096)),
                    "/announced" => format!("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n{end}{}", "x".repeat(5_000)),
                    "/long" => format!("HTTP/1.1 200 OK\r\n{end}{}", "x".repeat(4_097)),
                    "/redirect" => format!("HTTP/1.1 302 Found\r\nLocation: /good\r\nContent-Length: 0\r\n{end}"),
                    "/missing" => format!("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n{end}"),
                    "/partial" => format!("HTTP/1.1 206 Partial Content\r\nContent-Length: 4\r\n{end}good"),
                    "/broken" => format!("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n{end}go"),
                    "/slow" => {
                        stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n{end}").as_bytes()).await.unwrap();
                        // A byte every now and then: no single read takes long.
                        while stream.write_all(b"x").await.is_ok() {
                            tokio::time::sleep(Duration::from_millis(100)).await;
                        }
                        return;
                    }
                    "/endless" => {
                        stream.write_all(format!("HTTP/1.1 200 OK\r\n{end}").as_bytes()).await.unwrap();
                        while stream.write_all(&[b'x'; 1_024]).await.is_ok() {}
                        return;
                    }
                    _ => "nonsense\r\n\r\n".to_owned(),
                };
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (address, connections)
}

async fn get(address: SocketAddr, path: &str) -> Result<Vec<u8>, FetchError> {
    HttpFetch::default().get(&Url::parse(&format!("http://{address}{path}")).unwrap(), 4_096).await
}

#[tokio::test]
async fn gets_a_document_within_its_limit() {
    let (address, _) = server().await;
    assert_eq!(get(address, "/good").await.unwrap(), b"good");
    assert_eq!(get(address, "/limit").await.unwrap().len(), 4_096);
    for path in ["/announced", "/long", "/endless"] {
        assert_eq!(get(address, path).await, Err(FetchError::TooLarge(4_096)), "{path}");
    }
}

#[tokio::test]
async fn takes_200_and_follows_nothing() {
    let (address, connections) = server().await;
    assert_eq!(get(address, "/redirect").await, Err(FetchError::Status(302)));
    assert_eq!(connections.load(Ordering::SeqCst), 1, "the redirect's target was not asked for");
    assert_eq!(get(address, "/missing").await, Err(FetchError::Status(404)));
    assert_eq!(get(address, "/partial").await, Err(FetchError::Status(206)));
}

#[tokio::test]
async fn a_connection_that_fails_is_unreachable() {
    let (address, _) = server().await;
    assert_eq!(get(address, "/broken").await, Err(FetchError::Unreachable));
    assert_eq!(get(address, "/nonsense").await, Err(FetchError::Unreachable));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(get(nobody, "/good").await, Err(FetchError::Unreachable));
    // TLS with somebody who does not speak it.
    let url = Url::parse(&format!("https://{address}/good")).unwrap();
    assert_eq!(HttpFetch::default().get(&url, 4_096).await, Err(FetchError::Unreachable));
}

#[tokio::test]
async fn a_body_that_trickles_is_given_up_after_five_seconds() {
    let (address, _) = server().await;
    let answer = tokio::time::timeout(Duration::from_secs(20), get(address, "/slow")).await.unwrap();
    assert_eq!(answer, Err(FetchError::TimedOut));
}
