//! The HTTP/1.1 server of the tests, on this machine: a function answers each request, and a log keeps all requests.

mod connection;
mod log;
mod reply;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub(crate) use log::{Request, RequestLog};
pub(crate) use reply::{Body, Reply};

/// Answers a request.
type Answer = dyn Fn(&Request) -> Reply + Send + Sync;

/// A running server. It stops when it is dropped.
pub(crate) struct HttpServer {
    address: Address,
    shared: Arc<Shared>,
}

enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

struct Shared {
    answer: Box<Answer>,
    log: RequestLog,
    stop: AtomicBool,
}

impl Shared {
    fn has_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// A connection, of TCP or of a Unix socket.
trait Connection: Read + Write + Send + Sized + 'static {
    fn duplicate(&self) -> std::io::Result<Self>;
    fn set_timeouts(&self, read: Duration, write: Duration) -> std::io::Result<()>;
    fn close(&self);
}

impl Connection for TcpStream {
    fn duplicate(&self) -> std::io::Result<Self> {
        self.try_clone()
    }

    fn set_timeouts(&self, read: Duration, write: Duration) -> std::io::Result<()> {
        self.set_nodelay(true)?;
        self.set_read_timeout(Some(read))?;
        self.set_write_timeout(Some(write))
    }

    fn close(&self) {
        let _ = self.shutdown(std::net::Shutdown::Both);
    }
}

impl Connection for UnixStream {
    fn duplicate(&self) -> std::io::Result<Self> {
        self.try_clone()
    }

    fn set_timeouts(&self, read: Duration, write: Duration) -> std::io::Result<()> {
        self.set_read_timeout(Some(read))?;
        self.set_write_timeout(Some(write))
    }

    fn close(&self) {
        let _ = self.shutdown(std::net::Shutdown::Both);
    }
}

impl HttpServer {
    /// A server at a free port of a loopback address.
    pub(crate) fn start(
        address: &str,
        log: &RequestLog,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let address = Address::Tcp(listener.local_addr().unwrap());
        let shared = Shared { answer: Box::new(answer), log: log.clone(), stop: AtomicBool::new(false) };
        let server = Self { address, shared: Arc::new(shared) };
        let shared = Arc::clone(&server.shared);
        std::thread::spawn(move || accept(listener.incoming(), &shared));
        server
    }

    /// A server at a Unix socket.
    pub(crate) fn start_at_socket(
        path: &Path,
        log: &RequestLog,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let address = Address::Unix(path.to_owned());
        let shared = Shared { answer: Box::new(answer), log: log.clone(), stop: AtomicBool::new(false) };
        let server = Self { address, shared: Arc::new(shared) };
        let shared = Arc::clone(&server.shared);
        std::thread::spawn(move || accept(listener.incoming(), &shared));
        server
    }

    /// `127.0.0.1:PORT`, or the path of the socket.
    pub(crate) fn host(&self) -> String {
        match &self.address {
            Address::Tcp(address) => address.to_string(),
            Address::Unix(path) => path.display().to_string(),
        }
    }
}

/// Serves each connection in a thread of its own, until the server stops.
fn accept<C: Connection>(connections: impl Iterator<Item = std::io::Result<C>>, shared: &Arc<Shared>) {
    for connection in connections {
        if shared.has_stopped() {
            break;
        }
        let (Ok(connection), shared) = (connection, Arc::clone(shared)) else { continue };
        std::thread::spawn(move || connection::serve(connection, &shared));
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // The listener checks `stop` at the next connection.
        match &self.address {
            Address::Tcp(address) => drop(TcpStream::connect(address)),
            Address::Unix(path) => drop(UnixStream::connect(path)),
        }
    }
}
