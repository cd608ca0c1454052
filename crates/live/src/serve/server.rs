//! The serving thread: connections, and how much they may take.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::runtime;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::address::{HttpAddress, Names};
use super::router::route;
use super::shared::Shared;
use crate::console::warn;

/// Connections at the same time; further ones wait.
const CONNECTIONS: usize = 256;
/// For how long a request may take to come in, and a connection may be without one.
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// For how long what was sent may stay without an answer of the other machine.
const SEND_TIME: Duration = Duration::from_secs(30);
/// The longest head of a request: the page asks for many series at once.
const HEAD: usize = 64 << 10;
const HEADERS: usize = 64;
/// How long to wait when no connection can be accepted, most because there are no descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// Sockets that listen, and what they are for.
pub(super) struct Server {
    listeners: Vec<TcpListener>,
    names: Names,
}

impl Server {
    /// Listens on all addresses.
    pub(super) fn bind(addresses: &[HttpAddress], names: Names) -> anyhow::Result<Server> {
        let mut listeners = Vec::new();
        for address in addresses {
            let resolved = address.resolve().with_context(|| format!("--http: cannot resolve {address}"))?;
            for addr in resolved {
                let listener = TcpListener::bind(addr).with_context(|| {
                    format!("cannot serve on {addr}; another address or port can be given with --http")
                })?;
                listener.set_nonblocking(true)?;
                listeners.push(listener);
            }
        }
        Ok(Server { listeners, names })
    }

    pub(super) fn addrs(&self) -> io::Result<Vec<SocketAddr>> {
        self.listeners.iter().map(TcpListener::local_addr).collect()
    }

    /// Serves on a thread of its own, until the process ends.
    pub(super) fn start(self, shared: Arc<Shared>) -> io::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let serve = move || {
            if let Err(error) = runtime.block_on(self.run(shared)) {
                warn(format_args!("the page is not served any more: {error}"));
            }
        };
        thread::Builder::new().name("http".to_owned()).spawn(serve)?;
        Ok(())
    }

    async fn run(self, shared: Arc<Shared>) -> io::Result<()> {
        let (names, room) = (Arc::new(self.names), Arc::new(Semaphore::new(CONNECTIONS)));
        let mut listeners = JoinSet::new();
        for listener in self.listeners {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            listeners.spawn(accept(listener, shared.clone(), names.clone(), room.clone()));
        }
        listeners.spawn(async move { shared.count_silent_hosts().await });
        listeners.join_all().await;
        Ok(())
    }
}

async fn accept(listener: tokio::net::TcpListener, shared: Arc<Shared>, names: Arc<Names>, room: Arc<Semaphore>) {
    loop {
        // Never closed.
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let socket = socket2::SockRef::from(&stream);
        // Where the system has neither, a connection that died stays until it is closed from the other side.
        let _ = socket.set_tcp_nodelay(true);
        let _ = socket.set_keepalive(true);
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let _ = socket.set_tcp_user_timeout(Some(SEND_TIME));
        let (shared, names) = (shared.clone(), names.clone());
        tokio::spawn(async move {
            let service = service_fn(async |request| Ok::<_, Infallible>(route(&request, &shared, &names).await));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(REQUEST_TIME)
                .max_buf_size(HEAD)
                .max_headers(HEADERS)
                .serve_connection(TokioIo::new(stream), service);
            // What goes wrong on a connection is the business of its other side.
            let _ = connection.await;
            drop(place);
        });
    }
}
