//! The least HTTP that gets an answer out of ClickHouse.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long ClickHouse may stay silent.
const SILENCE: Duration = Duration::from_secs(60);

/// Sends one statement to a ClickHouse at `url`, such as `http://127.0.0.1:8123` or `http://127.0.0.1:8123/?database=hearken`, and
/// returns the answer's body.
///
/// # Errors
/// Where nobody answers, the answer is cut short, or it is not 200: then with ClickHouse's own words.
pub fn query(url: &str, statement: &str) -> Result<String, String> {
    let address = url.strip_prefix("http://").ok_or_else(|| format!("{url}: expected http://host:port"))?;
    let (address, path) = address.split_once('/').unwrap_or((address, ""));
    let answer = exchange(address, path, statement).map_err(|error| format!("{url}: {error}"))?;
    let (head, body) = split(&answer).ok_or_else(|| format!("{url}: an answer without an end of its head"))?;
    if header(head, "content-length").is_some_and(|length| length != body.len().to_string()) {
        return Err(format!("{url}: the answer was cut short"));
    }
    let text = String::from_utf8(body.to_vec()).map_err(|error| format!("{url}: {error}"))?;
    let status = head.lines().next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    if status == "200" { Ok(text) } else { Err(format!("{url}: status {status}: {}", text.trim())) }
}

/// HTTP/1.0, so that the answer comes in one piece and the connection's end is its end.
fn exchange(address: &str, path: &str, statement: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    let length = statement.len();
    let head = format!("POST /{path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all((head + statement).as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

fn split(answer: &[u8]) -> Option<(&str, &[u8])> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    Some((std::str::from_utf8(&answer[..end]).ok()?, &answer[end + 4..]))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// Serves one answer and returns what a query made of it.
    fn check(answer: &'static str, expected: Result<&str, &str>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut asked, mut piece) = (String::new(), [0; 1024]);
            while !asked.ends_with("SELECT 1") {
                let read = stream.read(&mut piece).unwrap();
                assert!(read > 0, "the request was cut short: {asked}");
                asked.push_str(std::str::from_utf8(&piece[..read]).unwrap());
            }
            stream.write_all(answer.as_bytes()).unwrap();
            asked
        });
        let got = query(&url, "SELECT 1");
        let expected = expected.map(str::to_owned).map_err(|error| format!("{url}: {error}"));
        assert_eq!(got, expected, "{answer:?}");
        assert!(server.join().unwrap().starts_with("POST / HTTP/1.0\r\n"));
    }

    #[test]
    fn an_answer_is_its_body_and_anything_else_an_error() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1\n", Ok("1\n"));
        check("HTTP/1.0 200 OK\r\n\r\n", Ok(""));
        check("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n1\n", Err("the answer was cut short"));
        check("HTTP/1.1 404 Not Found\r\n\r\nCode: 60. No table.\n", Err("status 404: Code: 60. No table."));
        check("", Err("an answer without an end of its head"));
    }

    #[test]
    fn nobody_there_is_an_error() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(query(&format!("http://{address}"), "SELECT 1").unwrap_err().contains("refused"));
        assert!(query("127.0.0.1:8123", "SELECT 1").unwrap_err().contains("expected http://host:port"));
    }
}
