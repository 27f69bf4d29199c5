//! Binds, serves, drains.

mod incoming;

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use peaktrade_gates::OfflineGate;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::layers::{Front, Trace};
use crate::metrics::{CallMetrics, Exporter, ExporterServer, decode_descriptor, described_services};
use crate::service::{MetricsTarget, ServeOptions, Service, StartError, Transport};

/// Time that the server has to notice that its connections were cut.
const ABORT_DEADLINE: Duration = Duration::from_secs(1);

/// Serves a service. Takes the proof that the gates hold by value, and binds nothing before it has it.
///
/// When this returns, the ports are bound and health says SERVING for the empty name and for each of
/// [`Service::health_names`]; so a service loads what it needs first.
///
/// # Errors
/// Where a port cannot be bound, or the descriptor set is none.
pub async fn start(gate: OfflineGate, options: ServeOptions, service: Service) -> Result<Running, StartError> {
    let Service { name, routes, health_names, descriptor, registry, fault, raw, record } = service;
    let described = decode_descriptor(descriptor)
        .map_err(|error| StartError::internal(format!("descriptor set of {name}"), error))?;
    let call_metrics = CallMetrics::new(&registry, &described, &health_names);

    let bind_error = |source| StartError::Bind { purpose: format!("gRPC of {name}"), address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(bind_error)?;
    let address = listener.local_addr().map_err(bind_error)?;
    let exporter = match options.metrics {
        MetricsTarget::Own(listen) => {
            let exporter = Exporter::new();
            exporter.add(registry);
            Some(exporter.serve(gate, listen).await?)
        }
        MetricsTarget::Shared(exporter) => {
            exporter.add(registry);
            None
        }
        MetricsTarget::Off => None,
    };

    let health = HealthReporter::new();
    for health_name in &health_names {
        health.set_service_status(health_name, ServingStatus::Serving).await;
    }
    if let Some(fault) = fault {
        tokio::spawn(watch_fault(name, fault, health.clone(), health_names.clone()));
    }
    let listed = described_services(&described, &health_names);
    let routes = add_plumbing(name, routes, &health, descriptor, &listed)?;
    let trace = Trace::new(name, record, call_metrics);
    let front = Front::new(name, routes, raw, &options.transport, options.calendar_sha256, trace);

    let (drain, drain_asked) = oneshot::channel::<()>();
    let (kill, killed) = watch::channel(());
    let connections = incoming::accept(listener, options.transport.connections_max, killed);
    let server = server(&options.transport).serve_with_incoming_shutdown(front, connections, async {
        // Asked or dropped: in both cases nobody wants this server any more.
        let _ = drain_asked.await;
    });
    let server = tokio::spawn(server);
    tracing::info!(service = name, %address, "serving");
    Ok(Running {
        address,
        metrics_address: exporter.as_ref().map(|exporter| exporter.address),
        name,
        health,
        health_names,
        drain_deadline: options.drain_deadline,
        drain,
        kill,
        server,
        _exporter: exporter,
    })
}

fn server(transport: &Transport) -> Server {
    Server::builder()
        .initial_stream_window_size(transport.stream_window_bytes)
        .initial_connection_window_size(transport.connection_window_bytes)
        .max_frame_size(transport.frame_bytes_max)
        .max_concurrent_streams(transport.streams_per_connection_max)
        .http2_keepalive_interval(Some(transport.keepalive_interval))
        .http2_keepalive_timeout(Some(transport.keepalive_timeout))
}

/// Adds health and both versions of reflection: grpcurl speaks v1, Python's client v1alpha. Reflection lists what is served
/// here; messages of imported files are described without their services being listed.
fn add_plumbing(
    name: &str,
    routes: Routes,
    health: &HealthReporter,
    descriptor: &'static [u8],
    listed: &BTreeSet<String>,
) -> Result<Routes, StartError> {
    let reflection = |version: &str| {
        let builder = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(descriptor)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health")
            .with_service_name(format!("grpc.reflection.{version}.ServerReflection"));
        listed.iter().fold(builder, |builder, service| builder.with_service_name(service))
    };
    let refused = |error| StartError::internal(format!("reflection of {name}"), error);
    let health = tonic_health::server::HealthService::from_health_reporter(health.clone());
    Ok(routes
        .add_service(tonic_health::pb::health_server::HealthServer::new(health))
        .add_service(reflection("v1").build_v1().map_err(refused)?)
        .add_service(reflection("v1alpha").build_v1alpha().map_err(refused)?))
}

/// Tells whoever asks for health that the service has failed; the sender's end means that it stopped.
async fn watch_fault(
    name: &'static str,
    mut fault: watch::Receiver<bool>,
    health: HealthReporter,
    health_names: Vec<&'static str>,
) {
    if fault.wait_for(|has_failed| *has_failed).await.is_ok() {
        tracing::error!(service = name, "not serving until a restart");
        say_not_serving(&health, &health_names).await;
    }
}

async fn say_not_serving(health: &HealthReporter, health_names: &[&'static str]) {
    for health_name in health_names.iter().copied().chain([""]) {
        health.set_service_status(health_name, ServingStatus::NotServing).await;
    }
}

/// How a stop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// Every call ended by itself.
    Complete,
    /// The deadline passed, and what was open was cut.
    Cut,
}

/// A service that is being served. Dropping it cuts its connections at once, as a crash would.
pub struct Running {
    /// The gRPC address that was bound.
    pub address: SocketAddr,
    /// The metrics address that was bound, where the service has a metrics port of its own.
    pub metrics_address: Option<SocketAddr>,
    name: &'static str,
    health: HealthReporter,
    health_names: Vec<&'static str>,
    drain_deadline: Duration,
    drain: oneshot::Sender<()>,
    /// Never sent to: connections end when it is dropped.
    kill: watch::Sender<()>,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
    /// Kept until the drain has ended, so that the last state can be scraped.
    _exporter: Option<ExporterServer>,
}

impl Running {
    /// Name of the service.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The address as an endpoint for clients on this machine. Example: "http://127.0.0.1:9121".
    pub fn endpoint(&self) -> String {
        format!("http://{}", reachable(self.address))
    }

    /// Replaces the time that calls in flight get to end.
    #[must_use]
    pub fn with_drain_deadline(mut self, deadline: Duration) -> Self {
        self.drain_deadline = deadline;
        self
    }

    /// Stops: health says NOT_SERVING, no connection is accepted, calls in flight get the drain deadline, and what is
    /// open after it is cut. An open health watch therefore delays a stop by no more than the deadline.
    pub async fn stop(self) -> Drained {
        let Self { name, health, health_names, drain_deadline, drain, kill, mut server, _exporter, .. } = self;
        tracing::info!(service = name, deadline_seconds = drain_deadline.as_secs_f64(), "draining");
        say_not_serving(&health, &health_names).await;
        // An error means that the server has ended already.
        let _ = drain.send(());
        if tokio::time::timeout(drain_deadline, &mut server).await.is_ok() {
            tracing::info!(service = name, "stopped");
            return Drained::Complete;
        }
        drop(kill);
        if tokio::time::timeout(ABORT_DEADLINE, &mut server).await.is_err() {
            server.abort();
        }
        tracing::warn!(service = name, "stopped at the drain deadline; calls that were open were cut");
        Drained::Cut
    }

    /// Waits for SIGTERM or SIGINT, then stops. A second signal during the drain cuts what is open.
    ///
    /// # Errors
    /// Where signals cannot be received, or the server ends by itself.
    pub async fn wait_for_signal_then_stop(mut self) -> Result<Drained, StartError> {
        let cannot_listen = |error| StartError::internal("signals", error);
        let mut terminate = signal(SignalKind::terminate()).map_err(cannot_listen)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot_listen)?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            ended = &mut self.server => return Err(ended_early(self.name, ended)),
        }
        tokio::select! {
            drained = self.stop() => Ok(drained),
            _ = terminate.recv() => Ok(Drained::Cut),
            _ = interrupt.recv() => Ok(Drained::Cut),
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("name", &self.name)
            .field("address", &self.address)
            .field("metrics_address", &self.metrics_address)
            .finish_non_exhaustive()
    }
}

fn ended_early(
    name: &'static str,
    ended: Result<Result<(), tonic::transport::Error>, tokio::task::JoinError>,
) -> StartError {
    let problem = match ended {
        Ok(Ok(())) => "ended without being asked".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    StartError::internal(format!("server of {name}"), problem)
}

/// An address that a client on this machine can connect to, where the bound one means all interfaces.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => (std::net::Ipv4Addr::LOCALHOST, v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, v6.port()).into(),
        SocketAddr::V4(_) | SocketAddr::V6(_) => address,
    }
}
