//! What stands between the services and their engines, and can fail on command.
//!
//! `wire` passes any TCP, as Kafka's; `http` understands requests, so that single inserts can be told from look-ups. Both write
//! down what they did: a fault that never struck proves nothing.

pub mod http;
pub(crate) mod message;
pub mod wire;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A listener on a free port that hands each connection to a thread of its own, until it is dropped.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl Door {
    pub(crate) fn open(serve: impl Fn(TcpStream) + Send + Clone + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let closed = Arc::new(AtomicBool::new(false));
        let ending = Arc::clone(&closed);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ending.load(Ordering::Relaxed) {
                    return;
                }
                let serve = serve.clone();
                thread::spawn(move || serve(stream));
            }
        });
        Self { address, closed }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}
