//! `--healthcheck`: a service asks another process of its own kind whether it is ready, so that an image needs no HTTP client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::config::Reader;

/// How long each step of the question may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// An answer's first line is shorter.
const ANSWER_BYTES_MAX: u64 = 512;

/// Returns where the service listens: `http.listen` alone is read, and nothing else of the configuration is judged.
pub(crate) fn listen(path: Option<&Path>) -> String {
    Reader::load(path, std::env::vars()).text_or("http.listen", "127.0.0.1:0")
}

/// Asks `/readyz` of whoever listens there.
///
/// # Errors
/// Where the port is free to choose, nobody answers in time, or the service is not ready.
pub(crate) fn ask(listen: &str) -> Result<()> {
    let address = reachable(listen)?;
    let mut stream =
        TcpStream::connect_timeout(&address, PATIENCE).with_context(|| format!("nobody listens on {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // At once: whoever answers before all pieces came would break off the rest.
    let question = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).context("asking /readyz")?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer).with_context(|| format!("{address} does not answer"))?;
    let status = answer.lines().next().unwrap_or_default();
    ensure!(status.starts_with("HTTP/1.1 200"), "{address} is not ready: {status:?}");
    Ok(())
}

/// Returns the address by which this machine reaches what listens: where that is every address, the loopback.
fn reachable(listen: &str) -> Result<SocketAddr> {
    let cannot = || format!("http.listen is {listen:?}, which is no address");
    let Some(mut address) = listen.to_socket_addrs().with_context(cannot)?.next() else { bail!(cannot()) };
    ensure!(address.port() != 0, "http.listen is {listen:?}: a health check needs a fixed port");
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers one question, or nothing at all.
    fn service(answer: Option<&'static str>) -> (String, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let answering = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a question");
            let mut asked = [0; 256];
            let count = stream.read(&mut asked).expect("its text");
            write!(stream, "{}", answer.unwrap_or_default()).expect("room for an answer");
            String::from_utf8_lossy(&asked[..count]).into_owned()
        });
        // As in a container: every address, asked by the loopback.
        (format!("0.0.0.0:{port}"), answering)
    }

    #[test]
    fn a_service_is_healthy_where_it_says_that_it_is_ready() {
        for (answer, told) in [
            (Some("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n"), None),
            (
                Some("HTTP/1.1 503 Service Unavailable\r\n\r\nnot ready\n"),
                Some("is not ready: \"HTTP/1.1 503 Service Unavailable\""),
            ),
            (None, Some("is not ready: \"\"")),
        ] {
            let (listen, answering) = service(answer);
            let found = ask(&listen).err().map(|error| format!("{error:#}"));
            assert!(answering.join().expect("the service").starts_with("GET /readyz HTTP/1.1\r\n"));
            match (found, told) {
                (None, None) => {}
                (Some(found), Some(told)) => assert!(found.ends_with(told), "{found}"),
                (found, told) => panic!("{answer:?}: {found:?} instead of {told:?}"),
            }
        }
    }

    #[test]
    fn what_cannot_be_asked_is_said() {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("its address");
        for (listen, told) in [
            (free.to_string(), "nobody listens on"),
            ("127.0.0.1:0".to_owned(), "a health check needs a fixed port"),
            ("nowhere".to_owned(), "which is no address"),
        ] {
            let error = format!("{:#}", ask(&listen).expect_err("there is nobody"));
            assert!(error.contains(told), "{error}");
        }
    }
}
