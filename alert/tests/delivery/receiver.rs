//! Receivers over real sockets, each with a bad habit.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    /// `webhook-id`; nil of a chat robot's form.
    pub(crate) id: Uuid,
    pub(crate) at: Instant,
    pub(crate) body: serde_json::Value,
}

/// What a receiver does with its n-th request, from 0.
pub(crate) type Habit = fn(usize) -> Act;

pub(crate) enum Act {
    /// Sends this and closes.
    Says(String),
    /// Says nothing and keeps the connection.
    Hangs,
    /// Answers 200 with a body of ten megabytes.
    Floods,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Receiver {
    pub(crate) async fn start(habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let came = Arc::new(Mutex::new(Vec::new()));
        let known = Arc::clone(&came);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&known), habit));
            }
        });
        Self { url, came }
    }

    pub(crate) fn came(&self) -> Vec<Came> {
        self.came.lock().expect("no panic").clone()
    }

    /// Returns the ids that came, in order of their numbers, each as often as it came.
    pub(crate) fn ids(&self) -> Vec<u128> {
        let mut ids: Vec<u128> = self.came().iter().map(|came| came.id.as_u128()).collect();
        ids.sort_unstable();
        ids
    }
}

pub(crate) fn says(status: &str, headers: &str, body: &str) -> Act {
    Act::Says(format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
        body.len()
    ))
}

async fn answer(mut stream: TcpStream, came: Arc<Mutex<Vec<Came>>>, habit: Habit) {
    let Some((id, body)) = read(&mut stream).await else { return };
    let number = {
        let mut came = came.lock().expect("no panic");
        came.push(Came { id, at: Instant::now(), body });
        came.len() - 1
    };
    match habit(number) {
        Act::Says(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Act::Hangs => tokio::time::sleep(Duration::from_secs(600)).await,
        Act::Floods => {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n";
            let _ = stream.write_all(head.as_bytes()).await;
            let piece = vec![b'x'; 100_000];
            for _ in 0..100 {
                if stream.write_all(&piece).await.is_err() {
                    break;
                }
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<(Uuid, serde_json::Value)> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4_096];
        let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let header = |name: &str| {
            head.lines().find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)))
        };
        let length: usize = header("content-length")?.1.parse().ok()?;
        if body.len() >= length {
            let id = header("webhook-id").and_then(|(_, id)| id.parse().ok()).unwrap_or(Uuid::nil());
            return Some((id, serde_json::from_str(body).ok()?));
        }
    }
}
