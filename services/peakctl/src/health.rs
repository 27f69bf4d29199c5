//! Whether services serve, by the standard health check of gRPC.

use std::time::Duration;

use peaktrade_embedded::Member;
use peaktrade_runtime::client::{self, Options};
use serde::Serialize;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::settings::Endpoints;

/// Bound of connecting and of the answer; a service that needs longer is not healthy.
const HEALTH_DEADLINE: Duration = Duration::from_secs(2);

/// What one service said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Health {
    /// Name of the service.
    pub(crate) service: String,
    /// Where it was looked for.
    pub(crate) endpoint: String,
    /// Fully qualified gRPC service name that was asked about.
    pub(crate) checked: &'static str,
    /// SERVING, NOT_SERVING, UNKNOWN or UNREACHABLE.
    pub(crate) status: String,
    /// What went wrong; empty where it serves.
    pub(crate) detail: String,
}

impl Health {
    /// Whether the service serves.
    pub(crate) fn is_serving(&self) -> bool {
        self.status == "SERVING"
    }
}

/// One answer per service, in the order in which they start.
pub(crate) async fn check_all(endpoints: &Endpoints) -> Vec<Health> {
    let mut checks = Vec::new();
    for member in Member::ALL {
        let (named, checked) = match member {
            Member::Calendar => (&endpoints.calendar, "peaktrade.futures.calendar.v1.CalendarService"),
            Member::Dataset => (&endpoints.dataset, "peaktrade.futures.dataset.v1.DatasetService"),
            Member::RiskGate => (&endpoints.risk_gate, "peaktrade.futures.risk.v1.RiskGateService"),
            Member::PaperBroker => (&endpoints.paper_broker, "peaktrade.futures.broker.v1.PaperBrokerService"),
        };
        let endpoint = named.clone().unwrap_or_else(|| format!("http://127.0.0.1:{}", member.fixed_port()));
        let (status, detail) = match check(&endpoint, checked).await {
            Ok(status) => (status.as_str_name().to_owned(), String::new()),
            Err(problem) => ("UNREACHABLE".to_owned(), problem),
        };
        checks.push(Health { service: member.to_string(), endpoint, checked, status, detail });
    }
    checks
}

async fn check(endpoint: &str, service: &str) -> Result<ServingStatus, String> {
    let options = Options { connect_deadline: HEALTH_DEADLINE, ..Options::default() };
    let channel = client::connect(endpoint, options).await.map_err(|error| error.to_string())?;
    let mut client = HealthClient::new(channel);
    let request = HealthCheckRequest { service: service.to_owned() };
    let answer = client::call(HEALTH_DEADLINE, client.check(request)).await;
    answer.map(|answer| answer.into_inner().status()).map_err(|status| status.message().to_owned())
}
