//! A wire that can be cut, or go black: bytes are taken and never arrive.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::Door;

/// A TCP proxy in front of one server.
pub struct Wire {
    door: Door,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    upstream: Mutex<Option<SocketAddr>>,
    black: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
    swallowed: AtomicU64,
    cuts: AtomicU64,
}

impl Wire {
    /// Opens a wire that leads nowhere yet.
    pub fn open() -> Self {
        let state = Arc::new(State::default());
        let serving = Arc::clone(&state);
        Self { door: Door::open(move |stream| serve(stream, &serving)), state }
    }

    /// Returns the address that clients use.
    pub fn address(&self) -> SocketAddr {
        self.door.address
    }

    /// Leads to this server from now on.
    pub fn lead_to(&self, upstream: SocketAddr) {
        *self.state.upstream.lock().unwrap_or_else(PoisonError::into_inner) = Some(upstream);
    }

    /// Cuts every connection there is and returns how many; new ones are made as ever.
    pub fn cut(&self) -> usize {
        let open: Vec<TcpStream> = self.state.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        // A connection that its owner has closed already is no failure.
        let cut = open.iter().filter(|stream| stream.shutdown(Shutdown::Both).is_ok()).count();
        self.state.cuts.fetch_add(cut as u64, Relaxed);
        cut
    }

    /// Goes black: connections stay, new ones are taken, and nothing arrives in either direction.
    pub fn go_black(&self) {
        self.state.black.store(true, Relaxed);
    }

    /// Passes again. What was swallowed is gone, so the connections that may miss it are cut.
    pub fn heal(&self) {
        if self.state.black.swap(false, Relaxed) {
            self.cut();
        }
    }

    /// Returns how many bytes were swallowed and how many connections cut so far.
    pub fn struck(&self) -> (u64, u64) {
        (self.state.swallowed.load(Relaxed), self.state.cuts.load(Relaxed))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
    }
}

fn serve(client: TcpStream, state: &Arc<State>) {
    let upstream = *state.upstream.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(server) = upstream.and_then(|upstream| TcpStream::connect(upstream).ok()) else { return };
    for stream in [&client, &server] {
        // Kafka's requests are small and wait for each other.
        let _ = stream.set_nodelay(true);
        if let Ok(stream) = stream.try_clone() {
            state.open.lock().unwrap_or_else(PoisonError::into_inner).push(stream);
        }
    }
    let (Ok(from_server), Ok(to_client)) = (server.try_clone(), client.try_clone()) else { return };
    let back = Arc::clone(state);
    thread::spawn(move || pass(from_server, to_client, &back));
    pass(client, server, state);
}

/// Copies until one side ends, then ends both.
fn pass(mut from: TcpStream, mut to: TcpStream, state: &State) {
    let mut piece = vec![0; 64 << 10];
    while let Ok(read) = from.read(&mut piece) {
        if read == 0 {
            break;
        }
        if state.black.load(Relaxed) {
            state.swallowed.fetch_add(read as u64, Relaxed);
        } else if to.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    for stream in [&from, &to] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use super::*;

    /// Answers every byte with itself.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                thread::spawn(move || std::io::copy(&mut stream.try_clone().unwrap(), &mut stream));
            }
        });
        address
    }

    fn ask(stream: &mut TcpStream) -> Option<u8> {
        stream.write_all(b"x").ok()?;
        let mut answer = [0];
        stream.read_exact(&mut answer).ok()?;
        Some(answer[0])
    }

    #[test]
    fn it_passes_is_cut_goes_black_and_heals() {
        let wire = Wire::open();
        wire.lead_to(echo());
        let connect = || {
            let stream = TcpStream::connect(wire.address()).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            stream
        };
        let mut first = connect();
        assert_eq!(ask(&mut first), Some(b'x'));
        // The second half may have gone with the first.
        assert_ne!(wire.cut(), 0, "one connection, of two halves");
        assert_eq!(ask(&mut first), None, "the cut is seen");

        let mut second = connect();
        assert_eq!(ask(&mut second), Some(b'x'), "a new connection is made as ever");
        wire.go_black();
        assert_eq!((ask(&mut second), ask(&mut connect())), (None, None), "old and new are swallowed");
        assert_eq!(wire.struck().0, 2);
        wire.heal();
        assert_eq!(ask(&mut second), None, "what may have lost bytes does not go on");
        assert_eq!(ask(&mut connect()), Some(b'x'));
    }
}
