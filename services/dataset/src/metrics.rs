//! The service's own metrics.

use std::fmt;

use peaktrade_runtime::Registry;
use peaktrade_store::{Disposition, DispositionCounts};
use prometheus::{Histogram, IntCounter, IntCounterVec};

/// Upper bounds in seconds: one roll of two contracts takes some hundredths, twenty years some seconds. Two stand above
/// a minute, because the alert asks whether builds take longer, and a quantile never lies above the largest bound.
const BUILD_SECONDS: [f64; 13] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 120.0, 300.0];

/// Handles of the metrics.
pub(crate) struct Metrics {
    pub(crate) build_seconds: Histogram,
    pub(crate) roll_events: IntCounter,
    pub(crate) flight_rows: IntCounter,
    pub(crate) flight_bytes: IntCounter,
    import_rows: IntCounterVec,
}

impl Metrics {
    pub(crate) fn new(registry: &Registry) -> Self {
        let import_rows =
            registry.counters("import_rows_total", "Rows of imported files, by what became of them.", &["disposition"]);
        for disposition in Disposition::ALL {
            import_rows.with_label_values(&[disposition.name()]);
        }
        Self {
            build_seconds: registry.histogram(
                "continuous_build_seconds",
                "Time from a build's request to its stored result.",
                &BUILD_SECONDS,
            ),
            roll_events: registry
                .counter("roll_events_total", "Rolls of new datasets; a repeated build counts none again."),
            flight_rows: registry.counter("flight_rows_total", "Bars sent over Arrow Flight."),
            flight_bytes: registry
                .counter("flight_bytes_total", "Bytes of the columns of bars sent over Arrow Flight."),
            import_rows,
        }
    }

    /// Counts the rows of one imported file.
    pub(crate) fn count_import(&self, counts: &DispositionCounts) {
        for disposition in Disposition::ALL {
            self.import_rows.with_label_values(&[disposition.name()]).inc_by(counts.of(disposition));
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
