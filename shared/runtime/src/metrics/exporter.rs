//! Shows registries as Prometheus text over HTTP.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use peaktrade_gates::OfflineGate;
use prometheus::TextEncoder;
use prometheus::proto::MetricFamily;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::{Registry, process};
use crate::service::StartError;

/// The path that answers; every other one is 404.
const METRICS_PATH: &str = "/metrics";
/// Scrapers at once; Prometheus needs one, a person with curl another.
const CONNECTIONS_MAX: usize = 16;
/// Time a scraper has for its request line and headers, so that an idle peer does not hold a connection.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause after the system refused a connection, for example for want of file descriptors.
const ACCEPT_RETRY_PAUSE: Duration = Duration::from_millis(50);

/// Shows one or several registries. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Exporter {
    registries: Arc<Mutex<BTreeMap<&'static str, Registry>>>,
}

impl Exporter {
    /// An exporter without registries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a service's registry; one of the same service that was added before is replaced.
    pub fn add(&self, registry: Registry) {
        let mut registries = self.registries.lock().unwrap_or_else(PoisonError::into_inner);
        registries.insert(registry.service(), registry);
    }

    /// The exposition: families sorted by name, samples by service and labels, process metrics included.
    pub fn render(&self) -> String {
        let mut families: BTreeMap<String, MetricFamily> = BTreeMap::new();
        let registries = self.registries.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let gathered = registries.values().flat_map(|registry| registry.prometheus().gather());
        for mut family in gathered.chain(process::families()) {
            match families.get_mut(family.name()) {
                None => {
                    families.insert(family.name().to_owned(), family);
                }
                Some(present) if present.get_field_type() == family.get_field_type() => {
                    present.mut_metric().append(family.mut_metric());
                }
                // One name with two types is no valid exposition; the first service's stands.
                Some(present) => tracing::error!(
                    metric = family.name(),
                    shown = ?present.get_field_type(),
                    left_out = ?family.get_field_type(),
                    "two services declare one metric with different types"
                ),
            }
        }
        let families: Vec<MetricFamily> = families.into_values().collect();
        TextEncoder::new().encode_to_string(&families).expect("gathered families have names and samples")
    }

    /// Serves `GET /metrics` until the returned value is dropped. Nothing is bound without the proof that the gates
    /// hold.
    ///
    /// # Errors
    /// Where the port cannot be bound.
    pub async fn serve(&self, _gate: OfflineGate, listen: SocketAddr) -> Result<ExporterServer, StartError> {
        let bind_error =
            |source| StartError::Bind { purpose: "Prometheus metrics".to_owned(), address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(bind_error)?;
        let address = listener.local_addr().map_err(bind_error)?;
        let mut task = JoinSet::new();
        task.spawn(accept(self.clone(), listener));
        Ok(ExporterServer { address, _task: task })
    }
}

/// A metrics port that is being served; dropping it closes it.
#[derive(Debug)]
pub struct ExporterServer {
    /// The address that was bound.
    pub address: SocketAddr,
    _task: JoinSet<()>,
}

async fn accept(exporter: Exporter, listener: TcpListener) {
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let permit = Arc::clone(&permits).acquire_owned().await.expect("the semaphore is never closed");
        match listener.accept().await {
            Ok((stream, _peer)) => {
                connections.spawn(serve_connection(exporter.clone(), stream, permit));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a scraper");
                tokio::time::sleep(ACCEPT_RETRY_PAUSE).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve_connection(exporter: Exporter, stream: TcpStream, _permit: OwnedSemaphorePermit) {
    let service = service_fn(move |request| {
        let response = answer(&exporter, &request);
        async move { Ok::<_, Infallible>(response) }
    });
    let outcome = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = outcome {
        tracing::debug!(%error, "scraper went away");
    }
}

fn answer(exporter: &Exporter, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let (status, content_type, text) = if request.uri().path() != METRICS_PATH {
        (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", format!("only {METRICS_PATH} is here\n"))
    } else if request.method() != Method::GET {
        (StatusCode::METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", "only GET is answered\n".to_owned())
    } else {
        (StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", exporter.render())
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    response
}
