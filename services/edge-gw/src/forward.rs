//! Listeners and the copying between two sockets.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use peaktrade_gates::OfflineGate;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::log;
use crate::route::Route;

/// Most connections at once over all routes: two file descriptors each stay far below the container's limit of 1,024.
const CONNECTIONS_MAX: usize = 256;
/// Longest wait for a peer on the same bridge to accept; beyond it the client learns at once that the peer is away.
const DIAL_TIMEOUT: Duration = Duration::from_secs(2);
/// Pause after a failed accept (out of descriptors), so that the loop cannot spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Bound listeners, not yet accepting.
#[derive(Debug)]
pub(crate) struct Forwarder {
    listeners: Vec<(TcpListener, Route)>,
    permits: Arc<Semaphore>,
}

impl Forwarder {
    /// Binds every route's listener, or none is served.
    pub(crate) async fn bind(_gate: OfflineGate, routes: &[Route]) -> io::Result<Self> {
        let mut listeners = Vec::with_capacity(routes.len());
        for route in routes {
            listeners.push((TcpListener::bind(route.listen).await?, route.clone()));
        }
        Ok(Self { listeners, permits: Arc::new(Semaphore::new(CONNECTIONS_MAX)) })
    }

    /// Accepts on every listener for as long as the future lives.
    pub(crate) async fn serve(self) {
        let mut listeners = JoinSet::new();
        for (listener, route) in self.listeners {
            listeners.spawn(accept_all(listener, Arc::new(route), Arc::clone(&self.permits)));
        }
        while listeners.join_next().await.is_some() {}
    }
}

async fn accept_all(listener: TcpListener, route: Arc<Route>, permits: Arc<Semaphore>) {
    loop {
        let client = match listener.accept().await {
            Ok((client, _)) => client,
            Err(error) => {
                log::warn("cannot accept", &error);
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Beyond the limit the connection is dropped at once: waiting in a queue would hide the overload.
        let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
            log::warn("connection refused: too many at once", &route);
            continue;
        };
        tokio::spawn(forward(client, Arc::clone(&route), permit));
    }
}

/// Copies both ways until either side ends or the peer cannot be reached.
async fn forward(mut client: TcpStream, route: Arc<Route>, _permit: OwnedSemaphorePermit) {
    let dial = TcpStream::connect((route.target_host.as_str(), route.target_port));
    let mut peer = match timeout(DIAL_TIMEOUT, dial).await {
        Ok(Ok(peer)) => peer,
        Ok(Err(error)) => return log::warn("cannot reach the target", &format_args!("{route}: {error}")),
        Err(_) => return log::warn("cannot reach the target", &format_args!("{route}: no answer in {DIAL_TIMEOUT:?}")),
    };
    // Small gRPC frames must not wait for the kernel to fill a segment; where the option cannot be set, bytes still flow.
    let _ = client.set_nodelay(true).and_then(|()| peer.set_nodelay(true));
    // An aborted connection is the clients' affair: both sockets close and the permit returns.
    let _ = tokio::io::copy_bidirectional(&mut client, &mut peer).await;
}

/// Whether every route's listener accepts on loopback.
pub(crate) async fn is_listening(routes: &[Route]) -> bool {
    for route in routes {
        let mut address = route.listen;
        if address.ip().is_unspecified() {
            address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port());
        }
        if !matches!(timeout(DIAL_TIMEOUT, TcpStream::connect(address)).await, Ok(Ok(_))) {
            log::warn("not listening", route);
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::route::parse_all;

    fn gate() -> OfflineGate {
        let values = [
            ("PEAK_OFFLINE", "1"),
            ("LIVE_TRADING", "0"),
            ("BROKER_MODE", "replay"),
            ("INSTRUMENT_ALLOWLIST", "NQ"),
            ("CME_FUTURES_ENABLED", "1"),
        ];
        OfflineGate::check(values.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap()
    }

    async fn forwarder_to(target_port: u16) -> SocketAddr {
        let routes = parse_all(&format!("127.0.0.1:0=127.0.0.1:{target_port}")).unwrap();
        let forwarder = Forwarder::bind(gate(), &routes).await.unwrap();
        let address = forwarder.listeners[0].0.local_addr().unwrap();
        tokio::spawn(forwarder.serve());
        address
    }

    #[tokio::test]
    async fn bytes_pass_both_ways_and_the_end_of_one_side_reaches_the_other() {
        let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = forwarder_to(peer.local_addr().unwrap().port()).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"question").await.unwrap();
        client.shutdown().await.unwrap();
        let (mut accepted, _) = peer.accept().await.unwrap();
        let mut received = Vec::new();
        accepted.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"question");
        accepted.write_all(b"answer").await.unwrap();
        drop(accepted);
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"answer");
    }

    #[tokio::test]
    async fn an_absent_peer_ends_the_connection() {
        let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let mut client = TcpStream::connect(forwarder_to(unused).await).await.unwrap();
        let mut answer = Vec::new();
        // The forwarder closes; depending on timing the kernel reports an orderly end or a reset.
        let outcome = timeout(DIAL_TIMEOUT * 2, client.read_to_end(&mut answer)).await.unwrap();
        assert!(answer.is_empty(), "{outcome:?} {answer:?}");
    }

    #[tokio::test]
    async fn connections_beyond_the_limit_are_dropped_and_freed_ones_are_taken() {
        let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = forwarder_to(peer.local_addr().unwrap().port()).await;
        let mut held = Vec::new();
        for _ in 0..CONNECTIONS_MAX {
            let client = TcpStream::connect(address).await.unwrap();
            held.push((client, peer.accept().await.unwrap()));
        }
        let mut refused = TcpStream::connect(address).await.unwrap();
        let mut byte = [0; 1];
        let outcome = timeout(DIAL_TIMEOUT, refused.read(&mut byte)).await.unwrap();
        assert!(matches!(outcome, Ok(0) | Err(_)), "{outcome:?}");
        held.clear();
        // The permits return when the copying tasks notice; a new connection gets through once they did.
        let accepted = timeout(DIAL_TIMEOUT * 5, async {
            loop {
                let _client = TcpStream::connect(address).await.unwrap();
                if timeout(ACCEPT_PAUSE, peer.accept()).await.is_ok() {
                    break;
                }
            }
        });
        accepted.await.expect("a permit is free again");
    }
}
