//! HTTP by hand, so that a test can send what no client would.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

/// A request.
pub(crate) struct Call {
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body as sent.
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// A GET of a path.
    pub(crate) fn get(path: &str) -> Self {
        Self { method: "GET", target: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// A POST to a path.
    pub(crate) fn post(path: &str) -> Self {
        Self { method: "POST", ..Self::get(path) }
    }

    /// A DELETE of a path.
    pub(crate) fn delete(path: &str) -> Self {
        Self { method: "DELETE", ..Self::get(path) }
    }

    /// Adds a pair to the URL.
    pub(crate) fn pair(mut self, name: &str, value: &str) -> Self {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.push_str(&format!("{name}={}", percent(value)));
        self
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// Sends it and reads the answer.
    pub(crate) fn send(self, address: SocketAddr) -> Answer {
        let length = self.body.len();
        let mut stream = self.begin(address, &format!("Content-Length: {length}\r\n"));
        // A server that refuses early may stop reading; its answer tells.
        let _ = stream.write_all(&self.body);
        Answer::read(stream)
    }

    /// Sends the head and says that the body is longer than what is sent of it; then the line goes dead.
    pub(crate) fn send_truncated(self, address: SocketAddr) {
        let length = self.body.len() + 1_000;
        let mut stream = self.begin(address, &format!("Content-Length: {length}\r\n"));
        stream.write_all(&self.body).expect("the server reads");
        stream.shutdown(Shutdown::Both).expect("the socket is open");
    }

    /// Sends the body as one chunk and leaves out the last chunk, as a client does that gives up.
    pub(crate) fn send_without_last_chunk(self, address: SocketAddr) {
        let mut stream = self.begin(address, "Transfer-Encoding: chunked\r\n");
        let head = format!("{:x}\r\n", self.body.len());
        stream.write_all(&[head.as_bytes(), &self.body, b"\r\n"].concat()).expect("the server reads");
        stream.shutdown(Shutdown::Both).expect("the socket is open");
    }

    /// Sends the request and leaves the answer for later, or for never.
    pub(crate) fn send_and_keep(self, address: SocketAddr) -> TcpStream {
        let length = self.body.len();
        let mut stream = self.begin(address, &format!("Content-Length: {length}\r\n"));
        stream.write_all(&self.body).expect("the server reads");
        stream
    }

    fn begin(&self, address: SocketAddr, framing: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (method, target) = (self.method, &self.target);
        let head =
            format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{framing}{headers}\r\n");
        stream.write_all(head.as_bytes()).expect("the server reads");
        stream
    }
}

impl Answer {
    fn read(mut stream: TcpStream) -> Self {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).expect("the server answers and closes");
        let end = all.windows(4).position(|window| window == b"\r\n\r\n").expect("the head has an end");
        let head = String::from_utf8(all[..end].to_vec()).expect("the head is text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a status");
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self { status, headers, body: all[end + 4..].to_vec() }
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// ClickHouse's error code.
    pub(crate) fn code(&self) -> Option<u32> {
        self.header("x-clickhouse-exception-code")?.parse().ok()
    }
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
