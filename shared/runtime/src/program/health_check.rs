//! Asks the service on its own port whether it serves.

use std::net::SocketAddr;
use std::time::Duration;

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::client;
use crate::serve::reachable;

/// Time for the whole check; below the interval of every orchestrator's health checks.
const DEADLINE: Duration = Duration::from_secs(2);

pub(super) async fn check(listen: SocketAddr) -> Result<(), String> {
    let endpoint = format!("http://{}", reachable(listen));
    let channel = client::connect_lazy(&endpoint, client::Options::default()).map_err(|error| error.to_string())?;
    let request = HealthCheckRequest { service: String::new() };
    let answer = client::call(DEADLINE, HealthClient::new(channel).check(request)).await;
    match answer.map(|response| response.into_inner().status()) {
        Ok(ServingStatus::Serving) => Ok(()),
        Ok(other) => Err(format!("{endpoint} answers {}, expected is SERVING", other.as_str_name())),
        Err(status) => Err(format!("{endpoint} does not answer: {}", status.message())),
    }
}
