//! What every verb starts from: settings, output, gates.

use peaktrade_gates::OfflineGate;
use peaktrade_runtime::telemetry::Telemetry;

use crate::failure::Failure;
use crate::output::Output;
use crate::services::Services;
use crate::settings::{Needs, Settings};

/// Context of one command.
#[derive(Clone)]
pub(crate) struct Context<'a> {
    /// What flags and environment resolve to.
    pub(crate) settings: Settings,
    /// Where words go.
    pub(crate) output: Output,
    /// Logs and traces of this process.
    pub(crate) telemetry: &'a Telemetry,
}

impl Context<'_> {
    /// Checks the offline gates. A gate that is absent takes its safe value, which is said; a contrary one refuses.
    pub(crate) fn gate(&self) -> Result<OfflineGate, Failure> {
        let (gate, filled) = OfflineGate::check_with_safe_values(environment()).map_err(Failure::Gates)?;
        if !filled.is_empty() {
            let values: Vec<String> = filled.iter().map(|(name, value)| format!("{name}={value}")).collect();
            self.output.talk(&format!("gates not set, taken as {}", values.join(" ")));
        }
        Ok(gate)
    }

    /// [`Self::gate`] for verbs that only look something up: the values taken are said where details are asked for.
    pub(crate) fn quiet_gate(&self) -> Result<OfflineGate, Failure> {
        if self.is_verbose() {
            return self.gate();
        }
        OfflineGate::check_with_safe_values(environment()).map(|(gate, _)| gate).map_err(Failure::Gates)
    }

    /// Whether the log level asks for details.
    pub(crate) fn is_verbose(&self) -> bool {
        ["debug", "trace"].iter().any(|level| self.settings.log_level.contains(level))
    }

    /// The same context with another store.
    pub(crate) fn with_settings(&self, settings: &Settings) -> Self {
        Self { settings: settings.clone(), ..self.clone() }
    }

    /// Checks the gates, then connects to what the verb needs.
    pub(crate) async fn connect(&self, needs: Needs) -> Result<Services, Failure> {
        let gate = self.gate()?;
        Services::connect(&self.settings, &gate, needs).await
    }
}

/// The environment; what is not UTF-8 is shown as far as it is, since a gate with such a value must still refuse.
pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
}
