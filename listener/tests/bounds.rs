//! Clients that cost too much: slow ones, loud ones, and crowds.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use hearken_listener::{Bounds, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

const PATIENT: Duration = Duration::from_secs(20);
const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

fn bounds() -> Bounds {
    Bounds {
        connections_max: 4,
        head_bytes_max: 16 << 10,
        silence_max: Duration::from_millis(700),
        request_max: Some(Duration::from_millis(700)),
    }
}

async fn start(bounds: Bounds) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/", get(async || "here"))
        .route("/slow", get(async || sleep(Duration::from_millis(300)).await))
        .route("/body", post(async |body: String| body.len().to_string()));
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async move { drop(stopped.await) };
    (address, stop, tokio::spawn(serve(listener, None, router, bounds, shutdown)))
}

/// Sends a text and returns everything that comes until the connection ends.
async fn say(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // Who is not listened to any more may not get rid of his words.
    let _ = stream.write_all(text.as_bytes()).await;
    rest(&mut stream).await
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(PATIENT, stream.read_to_end(&mut bytes)).await.expect("the connection ends in time");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_or_too_slowly_or_too_much_is_let_go() {
    let (address, _stop, _server) = start(bounds()).await;
    let huge = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(64 << 10));
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(200));
    for (text, expected) in [
        ("", ""),
        ("GET / HT", ""),
        (&*huge, "HTTP/1.1 431 "),
        (&*many, "HTTP/1.1 431 "),
        // An answer, and then silence.
        (GET, "HTTP/1.1 200 "),
        // A body of which the rest never comes.
        ("POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc", "HTTP/1.1 408 "),
    ] {
        let answer = say(address, text).await;
        let beginning = &text[..text.len().min(40)];
        assert!(answer.starts_with(expected) && (answer.is_empty() == expected.is_empty()), "{beginning}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_comes_byte_by_byte_ends_in_time() {
    let (address, _stop, _server) = start(bounds()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let dripping = async {
        for byte in GET.bytes().cycle() {
            if byte == b'\n' {
                continue;
            }
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENT, dripping).await.expect("the connection was cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_is_told_and_the_next_finds_a_place() {
    let (address, _stop, _server) = start(Bounds { silence_max: Duration::from_secs(5), ..bounds() }).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(GET.as_bytes()).await.unwrap();
        let mut byte = [0];
        // Whoever has the beginning of an answer has a place.
        stream.read_exact(&mut byte).await.unwrap();
        held.push(stream);
    }
    assert!(say(address, GET).await.starts_with("HTTP/1.1 503 "));
    drop(held.pop());
    let found = async {
        while !say(address, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.starts_with("HTTP/1.1 200 ")
        {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENT, found).await.expect("a place becomes free");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_an_answer_end_and_takes_no_more() {
    let (address, stop, server) = start(bounds()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    sleep(Duration::from_millis(100)).await;
    stop.send(()).unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 200 "));
    timeout(PATIENT, server).await.expect("it ends in time").unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
