//! A proxy in front of ClickHouse whose inserts fail as they are told to.

use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use hearken_audit::crc32;

use super::Door;
use super::message::Message;

/// How often a request in the dark looks whether it is light again.
const LOOK: Duration = Duration::from_millis(20);

/// Which requests a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// Inserts into any table.
    Insert,
    /// Inserts into this table.
    InsertInto(&'static str),
    /// Everything that is no insert.
    Query,
    /// Everything.
    Any,
}

/// What is done to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It does not reach ClickHouse; this is the answer.
    Answer(u16, &'static str),
    /// ClickHouse does it, and nobody hears so.
    DropAnswer,
    /// ClickHouse gets half of it, and then the connection ends.
    Truncate,
    /// It is taken and nothing comes back, until the proxy heals.
    Black,
    /// It reaches ClickHouse later than this.
    Delay(Duration),
    /// The connection ends at once; ClickHouse gets the request after this time.
    Late(Duration),
}

impl Act {
    /// Returns the act's name, as the log has it.
    fn name(&self) -> String {
        match self {
            Self::Answer(_, text) => text.split('.').next().unwrap_or_default().to_owned(),
            Self::DropAnswer => "answer dropped".to_owned(),
            Self::Truncate => "truncated".to_owned(),
            Self::Black => "black".to_owned(),
            Self::Delay(_) => "delayed".to_owned(),
            Self::Late(_) => "late".to_owned(),
        }
    }
}

/// One request as it went by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The table, of an insert.
    pub table: Option<String>,
    /// The deduplication token, where it has one.
    pub token: Option<String>,
    /// CRC-32 of the body.
    pub crc: u32,
    /// What was done to it; `None` where it passed.
    pub act: Option<String>,
}

struct Rule {
    on: On,
    act: Act,
    /// How many requests are left; `None` means all until the proxy heals.
    left: Option<usize>,
}

#[derive(Default)]
struct State {
    upstream: Option<SocketAddr>,
    rules: Vec<Rule>,
    healed: u64,
    inserts: Vec<Seen>,
    struck: Vec<Seen>,
}

/// The proxy.
pub struct Http {
    door: Door,
    state: Arc<Mutex<State>>,
}

impl Http {
    /// Opens a proxy that leads nowhere yet.
    pub fn open() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let serving = Arc::clone(&state);
        Self { door: Door::open(move |stream| _ = serve(&stream, &serving)), state }
    }

    /// Returns the address that clients use.
    pub fn address(&self) -> SocketAddr {
        self.door.address
    }

    /// Leads to this server from now on.
    pub fn lead_to(&self, upstream: SocketAddr) {
        lock(&self.state).upstream = Some(upstream);
    }

    /// Does this to the next `count` requests; the rule made first goes first.
    pub fn next(&self, count: usize, on: On, act: Act) {
        lock(&self.state).rules.push(Rule { on, act, left: Some(count) });
    }

    /// Does this to all requests until [`Http::heal`].
    pub fn always(&self, on: On, act: Act) {
        lock(&self.state).rules.push(Rule { on, act, left: None });
    }

    /// Forgets every rule; requests in the dark end without an answer.
    pub fn heal(&self) {
        let mut state = lock(&self.state);
        state.rules.clear();
        state.healed += 1;
    }

    /// Returns what was struck so far, in order.
    pub fn struck(&self) -> Vec<Seen> {
        lock(&self.state).struck.clone()
    }

    /// Returns every insert so far, struck or not, in order.
    pub fn inserts(&self) -> Vec<Seen> {
        lock(&self.state).inserts.clone()
    }

    /// Forgets what was inserted so far, as a server does whose disk is gone: it knows no token either.
    pub fn forget_inserts(&self) {
        lock(&self.state).inserts.clear();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves one connection, request by request.
fn serve(client: &TcpStream, state: &Mutex<State>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut reader = BufReader::new(client);
    while let Some(request) = Message::read(&mut reader, false)? {
        let (upstream, act, healed) = judge(state, &request);
        let upstream = upstream.ok_or(io::ErrorKind::NotConnected)?;
        match act {
            None => pass(client, upstream, &request)?,
            Some(Act::Delay(time)) => {
                thread::sleep(time);
                pass(client, upstream, &request)?;
            }
            Some(Act::Answer(status, text)) => answer(client, status, text)?,
            Some(Act::DropAnswer) => return forward(upstream, &request).map(|_| ()),
            Some(Act::Truncate) => {
                let mut server = TcpStream::connect(upstream)?;
                server.write_all(&request.head)?;
                return server.write_all(&request.raw[..request.raw.len() / 2]);
            }
            Some(Act::Black) => {
                while lock(state).healed == healed {
                    thread::sleep(LOOK);
                }
                return Ok(());
            }
            Some(Act::Late(time)) => {
                client.shutdown(std::net::Shutdown::Both)?;
                thread::sleep(time);
                return forward(upstream, &request).map(|_| ());
            }
        }
        if is_last(&request) {
            return Ok(());
        }
    }
    Ok(())
}

/// Tells whether the client takes the connection's end for the answer's.
fn is_last(request: &Message) -> bool {
    let line = request.head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    line.ends_with(b"HTTP/1.0")
}

/// Finds what is to be done to a request, and writes it down.
fn judge(state: &Mutex<State>, request: &Message) -> (Option<SocketAddr>, Option<Act>, u64) {
    let (table, token) = (table(request), parameter(&request.target(), "insert_deduplication_token"));
    let mut state = lock(state);
    let applies = |rule: &&mut Rule| {
        rule.left != Some(0)
            && match rule.on {
                On::Insert => table.is_some(),
                On::InsertInto(name) => table.as_deref() == Some(name),
                On::Query => table.is_none(),
                On::Any => true,
            }
    };
    let act = state.rules.iter_mut().find(applies).map(|rule| {
        rule.left = rule.left.map(|left| left - 1);
        rule.act.clone()
    });
    let seen = Seen { table, token, crc: crc32(&request.body), act: act.as_ref().map(Act::name) };
    if act.is_some() {
        state.struck.push(seen.clone());
    }
    if seen.table.is_some() {
        state.inserts.push(seen);
    }
    (state.upstream, act, state.healed)
}

/// Returns the table of an insert; one into a table function has none.
fn table(request: &Message) -> Option<String> {
    let statement = parameter(&request.target(), "query")
        .unwrap_or_else(|| String::from_utf8_lossy(&request.body[..request.body.len().min(200)]).into_owned());
    let rest = statement.trim_start().strip_prefix("INSERT INTO ")?;
    let rest = rest.strip_prefix("TABLE ").unwrap_or(rest);
    let name = rest.split([' ', '(']).next()?.trim_matches('`');
    let name = name.rsplit('.').next()?.trim_matches('`');
    (name != "FUNCTION").then(|| name.to_owned())
}

/// Returns a parameter of a request's target, decoded.
fn parameter(target: &str, name: &str) -> Option<String> {
    let (_, parameters) = target.split_once('?')?;
    let value = parameters.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    let mut decoded = Vec::new();
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn forward(upstream: SocketAddr, request: &Message) -> io::Result<Message> {
    let mut server = TcpStream::connect(upstream)?;
    server.set_nodelay(true)?;
    server.write_all(&request.head)?;
    server.write_all(&request.raw)?;
    Message::read(&mut BufReader::new(server), true)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn pass(mut client: &TcpStream, upstream: SocketAddr, request: &Message) -> io::Result<()> {
    let answer = forward(upstream, request)?;
    client.write_all(&[answer.head, answer.raw].concat())
}

fn answer(mut client: &TcpStream, status: u16, text: &str) -> io::Result<()> {
    let code = text.strip_prefix("Code: ").and_then(|rest| rest.split('.').next()).unwrap_or_default();
    let head =
        format!("HTTP/1.1 {status} X\r\nX-ClickHouse-Exception-Code: {code}\r\nContent-Length: {}\r\n\r\n", text.len());
    client.write_all((head + text).as_bytes())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use hearken_audit::query;

    use super::*;

    /// Answers every request with `done`, and counts them.
    fn server() -> (SocketAddr, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counting = Arc::clone(&count);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                if let Ok(Some(_)) = Message::read(&mut reader, false) {
                    counting.fetch_add(1, Ordering::Relaxed);
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
                }
            }
        });
        (address, count)
    }

    #[test]
    fn rules_strike_what_they_name_and_as_often_as_they_say() {
        let proxy = Http::open();
        let (address, count) = server();
        proxy.lead_to(address);
        let url = format!("http://{}", proxy.address());
        let insert = || query(&url, "INSERT INTO hearken.`feedback` (a) VALUES (1)");
        let done = Ok("done".to_owned());
        assert_eq!((insert(), query(&url, "SELECT 1")), (done.clone(), done.clone()));
        proxy.next(1, On::InsertInto("orders"), Act::DropAnswer);
        proxy.next(1, On::Insert, Act::Answer(500, "Code: 241. DB::Exception: Memory limit"));
        proxy.next(1, On::Insert, Act::DropAnswer);
        assert_eq!(query(&url, "SELECT 1"), done);
        let refused = insert().unwrap_err();
        assert!(refused.contains("status 500: Code: 241."), "{refused}");
        assert_eq!(count.load(Ordering::Relaxed), 3, "an answer of the proxy's own does not reach the server");
        assert!(insert().is_err());
        assert_eq!(count.load(Ordering::Relaxed), 4, "the server does what nobody hears of");
        assert_eq!(insert(), done);
        let acts: Vec<String> = proxy.struck().into_iter().filter_map(|seen| seen.act).collect();
        assert_eq!(acts, ["Code: 241", "answer dropped"]);
        assert_eq!(proxy.inserts().len(), 4);
    }

    #[test]
    fn the_table_and_the_token_are_read_from_the_target() {
        let message =
            |target: &str| Message { head: format!("POST {target} HTTP/1.1\r\n\r\n").into(), ..Message::default() };
        for (target, expected) in [
            ("/?query=INSERT+INTO+feedback+%28%60a%60%29+FORMAT+ArrowStream", Some("feedback")),
            ("/?database=hearken&query=INSERT%20INTO%20dead_letters(a)%20FORMAT%20X", Some("dead_letters")),
            ("/?query=INSERT+INTO+FUNCTION+null%28%27a%27%29", None),
            ("/?query=SELECT+1", None),
            ("/ping", None),
        ] {
            assert_eq!(table(&message(target)).as_deref(), expected, "{target}");
        }
        let token = parameter("/?a=1&insert_deduplication_token=0%3Ac%3Ag", "insert_deduplication_token");
        assert_eq!(token.as_deref(), Some("0:c:g"));
    }
}
